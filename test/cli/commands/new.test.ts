import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TEMPLATES } from '../../../src/cli/templates/index.js'
import { inFolder } from '../../helpers/cli.js'
import { runHereIn } from '../../helpers/run-here.js'

describe('sockeye new', { concurrency: 2 }, () => {
  it('writes the minimal script, and says so', () =>
    inFolder(async ({ sockeye, read }) => {
      const { exitCode, stdout } = await sockeye(['new'])
      assert.equal(stdout, 'New script created: script.js (minimal template).\n')
      assert.equal(exitCode, 0)
      const script = (await read('script.js')).toString()
      assert.match(script, /sockeye run --echo script\.js/)
      assert.doesNotMatch(script, /\{\{/)
    }))

  it('a file with the name of a template: written, with a word about the template', () =>
    inFolder(async ({ sockeye }) => {
      const { stdout } = await sockeye(['new', 'ws'])
      assert.match(stdout, /^New script created: ws \(minimal template\)\.\n.*sockeye new --template ws\n$/)
    }))

  it('overwrites a file only with --force', () =>
    inFolder(async ({ sockeye, write, read }) => {
      await write('mine.js', 'precious')
      const refused = await sockeye(['new', 'mine.js'])
      assert.match(refused.stderr, /level=error msg="mine\.js already exists\. Use the `--force` flag to overwrite it"/)
      assert.equal(refused.exitCode, 255)
      assert.equal((await read('mine.js')).toString(), 'precious')
      assert.equal((await sockeye(['new', '-f', '--template', 'ws', 'mine.js'])).exitCode, 0)
      assert.match((await read('mine.js')).toString(), /from 'k6\/ws'/)
    }))

  it('fills a template of the user', () =>
    inFolder(async ({ sockeye, write, read }) => {
      await write('team.js', '// {{ .ScriptName }}')
      assert.equal((await sockeye(['new', 'a.js', '--template', './team.js'])).exitCode, 0)
      assert.equal((await read('a.js')).toString(), '// a.js')
      const guess = await sockeye(['new', 'b.js', '--template', 'team.js'])
      assert.match(
        guess.stderr,
        /msg="error retrieving template: invalid template type \\"team\.js\\", did you mean \.\/team\.js\?"/,
      )
      const unknown = await sockeye(['new', 'b.js', '--template', 'http'])
      assert.match(unknown.stderr, /level=error msg="error retrieving template: invalid template type \\"http\\""/)
      assert.deepEqual([guess.exitCode, unknown.exitCode], [255, 255])
    }))

  it('writes types into a .ts file only', () =>
    inFolder(async ({ sockeye, read }) => {
      for (const file of ['a.ts', 'a.js']) await sockeye(['new', file, '--template', 'protocol'])
      assert.match((await read('a.ts')).toString(), /receive\(data: Uint8Array\) \{/)
      assert.match((await read('a.js')).toString(), /receive\(data\) \{/)
    }))

  for (const template of Object.keys(TEMPLATES)) {
    for (const file of ['script.js', 'script.ts']) {
      it(`writes a ${template} script that runs and meets its thresholds, as ${file}`, () =>
        inFolder(async ({ path, sockeye }) => {
          assert.equal((await sockeye(['new', file, '--template', template])).exitCode, 0)
          const run = ['run', '--echo', '--quiet', '--vus', '2', '--iterations', '2', file]
          const { exitCode, stdout, stderr } = await runHereIn(path, run)
          assert.equal(exitCode, 0, stdout + stderr)
          assert.match(stdout, /checks_succeeded\.+: 100\.00%/)
          assert.doesNotMatch(stderr, /level=error/)
        }))
    }
  }
})
