import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inFolder } from '../helpers/cli.js'

const FOLDER = join(process.cwd(), 'examples', 'outputs')
const EXAMPLE = join(FOLDER, 'per-second.mjs')

describe('the examples of outputs', () => {
  it('write what their texts say', () =>
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

  it('may be TypeScript', () =>
    inFolder(async (folder) => {
      await folder.write('script.js', 'export const options = { iterations: 3 }\nexport default () => {}')
      const { exitCode, stderr } = await folder.sockeye([
        'run',
        '--quiet',
        '--out',
        `${join(FOLDER, 'sum.ts')}=iterations`,
        'script.js',
      ])
      assert.equal(exitCode, 0, stderr)
      assert.match(stderr, /the output sum of iterations delivered 3 samples, 3 in all/)
    }))

  it('are those in docs/extensions.md', () => {
    const page = readFileSync(join(process.cwd(), 'docs', 'extensions.md'), 'utf8')
    for (const name of ['per-second.mjs', 'sum.ts']) {
      assert.ok(page.includes(readFileSync(join(FOLDER, name), 'utf8')), name)
    }
  })
})
