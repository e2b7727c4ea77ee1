import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commandFirst } from '../../src/cli/command-first.js'
import { createProgram } from '../../src/cli/program.js'
import { inFolder } from '../helpers/cli.js'

const words = (line: string) => (line === '' ? [] : line.split(' '))

describe('the command', { concurrency: 2 }, () => {
  for (const [line, pattern] of [
    ['', /^Usage: sockeye[\s\S]*\n {2}run [\s\S]*\n {2}archive [\s\S]*Examples:/],
    ['--help', /^Usage: sockeye/],
    ['help', /^Usage: sockeye/],
    ['help run', /^Run a load test\.[\s\S]*--vus <n>/],
    ['run --help', /^Run a load test\./],
    ['help archive', /^Write a test into one file[\s\S]*--archive-out <file>/],
    ['inspect -h', /^Print the options of a script as JSON\.[\s\S]*--execution-requirements/],
    ['help new', /^Usage: sockeye new[\s\S]*websockets/],
    ['--version', /^sockeye v\d+\.\d+\.\d+\n$/],
    ['version', /^sockeye v\d+\.\d+\.\d+ \(node v/],
    ['features', /^FEATURE +LIFECYCLE +DESCRIPTION\nmerge-run-tags +Experimental +run tags/],
  ] as const) {
    it(`answers sockeye ${line}`, () =>
      inFolder(async ({ sockeye }) => {
        const { exitCode, stdout, stderr } = await sockeye(words(line))
        assert.equal(stderr, '')
        assert.match(stdout, pattern)
        assert.equal(exitCode, 0)
      }))
  }

  for (const [line, pattern] of [
    ['rnu script.ts', /^unknown command "rnu" for "sockeye"\n {2}hint did you mean run\?\n$/],
    ['script.ts', /^unknown command "script\.ts"[\s\S]*hint to run it: sockeye run script\.ts/],
    ['cloud run s.ts', /^unknown command "cloud" for "sockeye"\n {2}hint there is no cloud: [^\n]*sockeye run --nats/],
    ['login cloud', /^unknown command "login" for "sockeye"\n {2}hint there is no cloud/],
    ['x docs', /^unknown command "x" for "sockeye"\n {2}hint extensions of k6 are Go/],
    ['run --no-summary s.ts', /^unknown flag: --no-summary\n {2}hint it is --summary-mode=disabled, as in k6 2\n$/],
    ['run -vus 10 s.ts', /^unknown flag: -vus\n {2}hint did you mean --vus\?\n$/],
    ['run -env=A=b s.ts', /^unknown flag: -env\n {2}hint did you mean --env\?\n$/],
    ['help qqqqqqqqq', /^unknown command "qqqqqqqqq"[\s\S]*sockeye help lists all commands/],
    ['run', /^accepts 1 arg\(s\), received 0: arg should either be "-"[\s\S]*for example: sockeye run script\.ts/],
    ['inspect', /^accepts 1 arg\(s\), received 0\n {2}hint for example: sockeye inspect script\.ts/],
    ['archive a.ts b.ts', /^accepts 1 arg\(s\), received 2\n/],
    ['archive --linger a.ts', /^unknown flag: --linger\n/],
    ['archive --out json a.ts', /^unknown flag: --out\n/],
    ['inspect --vus 3 a.ts', /^unknown flag: --vus\n/],
    ['new --nope', /^unknown flag: --nope\n {2}hint add --help/],
    ['new --forse', /^unknown flag: --forse\n {2}hint did you mean --force\?\n$/],
    ['completion tcsh', /Allowed choices are bash, zsh, fish, powershell/],
    ['deps', /missing required argument 'script'/],
    ['deps nowhere.ts', /"nowhere\.ts" couldn't be found on local disk/],
    ['run --type zip nowhere.ts', /unknown or unspecified test type 'zip' for 'nowhere\.ts'/],
  ] as const) {
    it(`refuses sockeye ${line} with exit code 255`, () =>
      inFolder(async ({ sockeye }) => {
        const { exitCode, stdout, stderr } = await sockeye(words(line), { env: { K6_LOG_FORMAT: 'raw' } })
        assert.equal(stdout, '')
        assert.match(stderr, pattern)
        assert.equal(exitCode, 255)
      }))
  }

  it('prints facts and features as JSON', () =>
    inFolder(async ({ sockeye }) => {
      const facts = JSON.parse((await sockeye(['version', '--json'])).stdout)
      assert.deepEqual(Object.keys(facts), ['version', 'node_version', 'platform', 'arch', 'k6_version'])
      const features = JSON.parse((await sockeye(['features', '--json'])).stdout)
      assert.deepEqual(Object.keys(features[0]), ['feature', 'lifecycle', 'description'])
    }))

  it('takes flags that all commands know before the command', () => {
    assert.deepEqual(commandFirst(words('--quiet -c a.json run s.ts')), words('run --quiet -c a.json s.ts'))
    assert.deepEqual(commandFirst(words('--log-output=none run s.ts')), words('run --log-output=none s.ts'))
    for (const line of ['--version', '--help run', '-q', 'run -q s.ts', '']) {
      assert.deepEqual(commandFirst(words(line)), words(line))
    }
  })

  it('describes every command', () => {
    for (const command of createProgram().commands) assert.notEqual(command.description(), '', command.name())
  })
})
