import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inFolder } from '../helpers/cli.js'

const page = readFileSync(join(process.cwd(), 'docs', 'tcp.md'), 'utf8')

describe('docs/tcp.md', () => {
  it('has an example that runs and meets its thresholds', () =>
    inFolder(async ({ sockeye, write }) => {
      const example = /```ts\n(import \{ check.*?)```/s.exec(page)?.[1]
      assert.ok(example)
      await write('script.ts', example)
      const { exitCode, stdout, stderr } = await sockeye(['run', '--quiet', '--echo', 'script.ts'])
      assert.equal(exitCode, 0, stdout + stderr)
      assert.match(stdout, /checks_succeeded\.+: 100\.00% 20 out of 20/)
    }))
})
