import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inFolder } from '../helpers/cli.js'

const EXAMPLE = join(process.cwd(), 'examples', 'outputs', 'per-second.mjs')

describe('the example of an output', () => {
  it('writes what its text says', () =>
    inFolder(async (folder) => {
      await folder.write(
        'script.js',
        "import { sleep } from 'k6'\nexport const options = { duration: '2s' }\nexport default () => sleep(0.1)",
      )
      const { exitCode, stderr } = await folder.sockeye([
        'run',
        '--quiet',
        '--out',
        `${EXAMPLE}=lines.txt`,
        'script.js',
      ])
      assert.equal(exitCode, 0, stderr)
      assert.match(
        (await folder.read('lines.txt')).toString(),
        /^1 s: \d+ iterations\n(\d s: \d+ iterations\n)*passed, 0 thresholds failed\n$/,
      )
    }))

  it('is the one in docs/extensions.md', () => {
    const page = readFileSync(join(process.cwd(), 'docs', 'extensions.md'), 'utf8')
    assert.ok(page.includes(readFileSync(EXAMPLE, 'utf8')))
  })
})
