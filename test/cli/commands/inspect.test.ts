import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inFolder } from '../../helpers/cli.js'
import { inFolderHere } from '../../helpers/run-here.js'

const SCRIPT = `
export const options = { vus: 3, duration: '5s', thresholds: { checks: ['rate>0.9'] } }
if (__ENV.FAIL === 'yes') throw new Error('no')
export default function () {}`

describe('sockeye inspect', { concurrency: 2 }, () => {
  it('prints what the script exports and nothing else', () =>
    inFolderHere(async ({ sockeye, write }) => {
      await write('s.ts', SCRIPT)
      const { exitCode, stdout, stderr } = await sockeye(['inspect', 's.ts'], { env: { K6_VUS: '9', FAIL: 'yes' } })
      assert.deepEqual([exitCode, stderr], [0, ''])
      assert.ok(stdout.startsWith('{\n  "paused": null,\n  "vus": 3,\n  "duration": "5s",\n'))
      assert.ok(stdout.includes('"rate\\u003e0.9"'))
      assert.ok(stdout.endsWith('\n}'))
      assert.equal(JSON.parse(stdout).scenarios, null)
    }))

  it('prints the whole configuration with what it needs', () =>
    inFolderHere(async ({ sockeye, write }) => {
      await write('s.ts', SCRIPT)
      const { exitCode, stdout } = await sockeye(['inspect', '--execution-requirements', 's.ts'], {
        env: { K6_VUS: '9' },
      })
      assert.equal(exitCode, 0)
      const printed = JSON.parse(stdout)
      assert.deepEqual([printed.vus, printed.totalDuration, printed.maxVUs], [9, '35s', 9])
      assert.equal(printed.scenarios.default.executor, 'constant-vus')
    }))

  it('reads a script from standard input', () =>
    inFolder(async ({ sockeye }) => {
      const { exitCode, stdout } = await sockeye(['inspect', '-'], { stdin: SCRIPT })
      assert.deepEqual([exitCode, JSON.parse(stdout).vus], [0, 3])
    }))

  for (const [what, script, args, code, message] of [
    ['a script that throws', SCRIPT, ['-e', 'FAIL=yes'], 107, /Error: no/],
    ['a syntax error', 'export default function () {', [], 107, /s\.ts:1:28/],
    ['no exports', 'const a = 1', [], 255, /no exported functions in script/],
    ['a wrong option', 'export const options = { vus: "x" }\nexport default () => {}', [], 104, /options\.vus/],
    [
      'a threshold on no metric',
      'export const options = { thresholds: { nope: ["rate>0.9"] } }\nexport default () => {}',
      ['--execution-requirements'],
      104,
      /nope/,
    ],
    [
      'an abort',
      'import exec from "k6/execution"\nexec.test.abort("enough")\nexport default () => {}',
      [],
      108,
      /test aborted: enough/,
    ],
  ] as const) {
    it(`ends with ${code} for ${what}`, () =>
      inFolderHere(async ({ sockeye, write }) => {
        await write('s.ts', script)
        const { exitCode, stdout, stderr } = await sockeye(['inspect', ...args, 's.ts'])
        assert.match(stderr, message)
        assert.equal(stdout, '')
        assert.equal(exitCode, code)
      }))
  }
})
