import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SockeyeError } from '../../src/base/errors.js'
import { errorText } from '../../src/cli/error-text.js'
import { runHere } from '../helpers/run-here.js'

const ERROR = new SockeyeError({ code: 'ERR_SAMPLE', message: 'no such thing', hint: 'look again', exitCode: 255 })
const TEXT = 'no such thing\n  hint look again\n'
const LINE = /^time="\S+" level=error msg="no such thing" hint="look again"\n$/

function codeIn(text: string): unknown {
  const lines = text.trim().split('\n')
  const errors = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
  assert.ok(errors.length > 0, text)
  return errors[0].code
}

describe('errors that come before there is a log', () => {
  const JSON_LINES: [argv: string[], env: Record<string, string>][] = [
    [['run', 'x.ts', '--log-format', 'json'], {}],
    [['run', '--log-format=json', 'x.ts'], {}],
    [['-q', '--log-format=text', 'archive', '--log-format', 'json'], {}],
    [['inspect', 'x.ts'], { K6_LOG_FORMAT: 'json' }],
    [['new'], { K6_LOG_FORMAT: 'json' }],
  ]
  for (const [argv, env] of JSON_LINES) {
    it(`are a line of the log for ${[...argv, ...Object.values(env)].join(' ')}`, () => {
      const { time, ...rest } = JSON.parse(errorText(ERROR, argv, env, false))
      assert.deepEqual(rest, { code: 'ERR_SAMPLE', hint: 'look again', level: 'error', msg: 'no such thing' })
      assert.equal(typeof time, 'string')
    })
  }

  const OTHERS: [argv: string[], env: Record<string, string>][] = [
    [['run', 'x.ts', '--log-format'], {}],
    [['run', '--log-format', 'json', '--log-format', 'text'], {}],
    [['new'], {}],
  ]
  it('are text for a person at a terminal, also those of commands without a log', () => {
    for (const [argv, env] of OTHERS) assert.equal(errorText(ERROR, argv, env, true), TEXT)
  })

  it('are a line of the log where nobody watches, as on k6', () => {
    for (const [argv, env] of OTHERS) assert.match(errorText(ERROR, argv, env, false), LINE)
  })
})

describe('errors of a run in json', () => {
  const FINE = 'export default function () {}'
  const RUNS: [code: string, exitCode: number, script: string, args: string[]][] = [
    ['ERR_UNKNOWN_FLAG', 255, FINE, ['--nix']],
    ['ERR_CONFIG_FILE', 104, FINE, ['--config', 'nix.json']],
    ['ERR_LOG_OUTPUT', 255, FINE, ['--log-output', 'nix']],
    ['ERR_INVALID_CONFIG', 104, FINE, ['-d', '300ms']],
    ['ERR_INVALID_CONFIG', 104, 'export function other() {}', []],
    ['ERR_NO_EXPORTS', 255, 'export const options = {}', []],
    ['ERR_SCRIPT_SYNTAX', 107, 'const', []],
    ['ERR_MODULE_NOT_FOUND', 107, `import 'nix'\n${FINE}`, []],
    ['ERR_SCRIPT_EXCEPTION', 107, `throw new Error('x')\n${FINE}`, []],
    ['ERR_SCRIPT_EXCEPTION', 107, `export function setup() { throw new Error('x') }\n${FINE}`, []],
    ['ERR_SCRIPT_EXCEPTION', 0, `export default function () { throw new Error('x') }`, []],
    [
      'ERR_CANNOT_PAUSE',
      0,
      `import { sleep } from 'k6'\nexport default function () { [2, 1].sort(() => { sleep(1); return 0 }) }`,
      [],
    ],
    [
      'ERR_SETUP_TIMEOUT',
      100,
      `export function setup() { return new Promise((r) => setTimeout(r, 9e4)) }\n${FINE}`,
      [],
    ],
    ['ERR_TEST_ABORTED', 108, `import { test } from 'k6/execution'\nexport default function () { test.abort() }`, []],
    ['ERR_THRESHOLDS_CROSSED', 99, `export const options = { thresholds: { iterations: ['count>9'] } }\n${FINE}`, []],
  ]
  for (const [code, exitCode, script, args] of RUNS) {
    it(`carry ${code}, exit ${exitCode}: ${script.split('\n')[0]} ${args.join(' ')}`, async () => {
      const env: Record<string, string> = code === 'ERR_SETUP_TIMEOUT' ? { K6_SETUP_TIMEOUT: '100ms' } : {}
      const run = ['run', '--quiet', '--log-format', 'json', 'script.js', ...args]
      const ended = await runHere(run, { files: { 'script.js': script }, env })
      assert.equal(codeIn(ended.stderr), code)
      assert.equal(ended.exitCode, exitCode)
    })
  }
})
