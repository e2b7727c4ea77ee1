import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inFolder } from '../helpers/cli.js'

const read = (...path: string[]): string => readFileSync(join(process.cwd(), ...path), 'utf8')

describe('README.md', () => {
  it('has as its first example a script that runs beside the echo server and meets its thresholds', () =>
    inFolder(async ({ sockeye, write }) => {
      const shown = /```ts\n\/\/ echo\.ts\n(.*?)```/s.exec(read('README.md'))?.[1]
      assert.ok(shown !== undefined)
      await write('echo.ts', shown)
      const { exitCode, stdout, stderr } = await sockeye(['run', '--quiet', '--echo', '-d', '1s', 'echo.ts'])
      assert.equal(exitCode, 0, stdout + stderr)
      assert.match(stdout, /✓ server echoes/)
    }))

  it('has as its second example, in at most 40 lines, a script that the tests run against real servers', () => {
    const shown = /```ts\n\/\/ side-by-side\.ts\n(.*?)```/s.exec(read('README.md'))?.[1]
    assert.ok(shown !== undefined && read('examples', 'npm', 'side-by-side.ts').endsWith(shown))
    assert.ok(shown.trimEnd().split('\n').length <= 40)
  })
})
