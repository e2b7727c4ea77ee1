import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'

const run = (source: string, options: RunScriptOptions = {}): Promise<ScriptResult> =>
  runScript(source, { name: 'script.js', ...options })
const values = (result: ScriptResult): any[] => result.console.map((line) => JSON.parse(line))

describe('setup data', () => {
  it('is passed on as JSON: dates become strings, undefined null; nothing at all stays undefined', async () => {
    const data = await run(`
      export async function setup() { await null; return { z: 1, a: new Date(0), n: null, u: undefined, list: [1, 'x'] } }
      export default function (data) { console.log(JSON.stringify(data)) }`)
    assert.deepEqual(values(data), [{ z: 1, a: '1970-01-01T00:00:00.000Z', n: null, u: null, list: [1, 'x'] }])
    const nothing = await run(`
      export function setup() {}
      export default function (data) { console.log(JSON.stringify([data === undefined, arguments.length])) }`)
    assert.equal(values(nothing)[0][0], true)
  })

  it('is a fresh copy for every iteration', async () => {
    const result = await run(`
      export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } }
      export function setup() { return { count: 0 } }
      export default function (data) { data.count++; console.log(JSON.stringify(data.count)) }
      export function teardown(data) { console.log(JSON.stringify('teardown ' + data.count)) }`)
    assert.deepEqual(values(result).sort(), [1, 1, 1, 1, 'teardown 0'])
  })

  it('that is no JSON ends the test with 107', async () => {
    for (const value of ['() => {}', 'NaN', '{ a: () => {} }']) {
      const result = await run(`
        export function setup() { return ${value} }
        export default function () { console.log('1') }`)
      assert.equal(result.exitCode, 107, value)
      assert.match(result.errors.join('\n'), /error marshaling setup\(\) data to JSON/)
      assert.deepEqual(result.console, [])
    }
  })

  it('samples of setup and teardown have their group and no scenario, and count no iterations', async () => {
    const result = await run(
      `
      import { Counter } from 'k6/metrics'
      const c = new Counter('cc')
      export function setup() { c.add(1) }
      export default function () { c.add(2) }
      export function teardown() { c.add(3) }`,
      { samples: true },
    )
    assert.deepEqual(
      result.samples.filter(({ metric }) => metric === 'cc').map(({ value, tags }) => [value, tags]),
      [
        [1, { group: '::setup' }],
        [2, { group: '', scenario: 'default' }],
        [3, { group: '::teardown' }],
      ],
    )
    assert.equal(result.summary.metrics['iterations']?.['count'], 1)
    assert.equal(result.samples.filter(({ metric }) => metric === 'data_sent').length, 3)
  })

  it('--no-setup and --no-teardown leave them out', async () => {
    const result = await run(
      `
      export function setup() { console.log('"setup"') }
      export default function (data) { console.log(JSON.stringify(data === undefined)) }
      export function teardown() { console.log('"teardown"') }`,
      { flags: ['--no-setup', '--no-teardown'] },
    )
    assert.deepEqual(values(result), [true])
  })

  it('shows at last how the scenarios went, not the teardown', async () => {
    const { stdout } = await runScript(`
      export const options = { vus: 2, iterations: 6 }
      export default function () {}
      export function teardown() {}`)
    const states = stdout.match(/^(running|Run|Init).*/gm)
    assert.match(states?.at(-1) ?? '', /^running \(.*, 0\/2 VUs, 6 complete and 0 interrupted iterations/)
  })

  it('setup and teardown must be functions', async () => {
    for (const name of ['setup', 'teardown']) {
      const result = await run(`export const ${name} = 5\nexport default function () {}`)
      assert.equal(result.exitCode, 107)
      assert.deepEqual(result.errors, [`exported '${name}' must be a function`])
    }
  })
})

describe('handleSummary', () => {
  it('replaces the summary and writes what it returns: stdout, stderr and files', async () => {
    const result = await run(`
      export default function () {}
      export async function handleSummary(data) {
        await null
        return { stdout: 'own text ' + data.metrics.iterations.values.count, 'own.txt': 'file', 'bytes.bin': new Uint8Array([1, 2]).buffer }
      }`)
    assert.equal(result.exitCode, 0)
    assert.match(result.stdout, /own text 1/)
    assert.doesNotMatch(result.stdout, /TOTAL RESULTS/)
    assert.equal(await result.read('own.txt'), 'file')
    assert.equal(await result.read('bytes.bin'), '\x01\x02')
    assert.ok(result.summary.metrics['iterations'])
  })

  const BROKEN: readonly (readonly [string, string, RegExp])[] = [
    ['throws', `throw new Error('in the summary')`, /in the summary/],
    ['returns text', `return 'text'`, /handleSummary\(\) should return a map with string keys/],
    ['gives a value of another type', `return { stdout: 5 }`, /error handling summary object stdout: invalid type/],
  ]
  for (const [what, body, text] of BROKEN) {
    it(`that ${what} is reported and changes no exit code`, async () => {
      const result = await run(`
        export default function () {}
        export function handleSummary() { ${body} }`)
      assert.equal(result.exitCode, 0)
      const logged = result.log.map((line) => JSON.stringify(line)).join('\n')
      assert.match(logged, text)
    })
  }

  it('that throws leaves the default summary, as one that returns nothing does', async () => {
    for (const body of ['throw 1', '']) {
      const result = await run(`export default function () {}\nexport function handleSummary() { ${body} }`)
      assert.match(result.stdout, /TOTAL RESULTS/)
    }
  })

  it('must be a function', async () => {
    const result = await run(`export const handleSummary = 5\nexport default function () {}`)
    assert.equal(result.exitCode, 0)
    assert.deepEqual(result.errors, ['exported identifier handleSummary must be a function'])
    assert.match(result.stdout, /TOTAL RESULTS/)
  })

  it('that cannot write a file says which, and the run has an exit code of its own', async () => {
    const result = await run(`
      export default function () {}
      export function handleSummary() { return { 'a.txt': 'x', 'a.txt/file.txt': 'x', stdout: 'still written' } }`)
    assert.match(result.log.map((line) => JSON.stringify(line)).join('\n'), /could not open 'a\.txt\/file\.txt'/)
    assert.match(result.stdout, /still written/)
    assert.equal(result.exitCode, 111)
  })

  it('that logs and then throws loses neither its log nor the exception', async () => {
    const result = await run(`
      export default function () {}
      export function handleSummary(data) { console.log('one'); console.log('two'); return data.nothing.at.all }`)
    assert.deepEqual(result.console, ['one', 'two'])
    assert.match(result.errors[0] ?? '', /^TypeError: Cannot read properties of undefined/)
    assert.match(result.stdout, /TOTAL RESULTS/)
  })
})

describe('a summary that is not shown', () => {
  it('is written to its export file all the same, unlike on k6 (SUM-01)', async () => {
    const result = await run(
      `export default function () {}
      export function handleSummary() { return { stdout: 'not called' } }`,
      { flags: ['--summary-mode', 'disabled'] },
    )
    assert.equal(result.exitCode, 0)
    assert.equal(result.summary.metrics['iterations']?.['count'], 1)
    assert.doesNotMatch(result.stdout, /TOTAL RESULTS|not called/)
  })
})

describe('data of setup()', () => {
  it('that refers to itself is told as that', async () => {
    const result = await run(`export function setup() { const a = {}; a.a = a; return a }
      export default function () {}`)
    assert.equal(result.exitCode, 107)
    assert.deepEqual(result.errors, [
      'error marshaling setup() data to JSON: an object in it refers to one that it is in',
    ])
  })
})

describe('exit codes', () => {
  const THRESHOLD = `import { Counter } from 'k6/metrics'
    const c = new Counter('cc')`
  const CODES: readonly (readonly [string, number, string])[] = [
    ['exceptions, failed checks and dropped iterations', 0, `export default function () { throw new Error('x') }`],
    [
      'a crossed threshold',
      99,
      `${THRESHOLD}; export const options = { thresholds: { cc: ['count>5'] } }; export default function () { c.add(1) }`,
    ],
    [
      'a crossed threshold that aborts',
      99,
      `${THRESHOLD}; export const options = { duration: '40s', thresholds: { cc: [{ threshold: 'count<1', abortOnFail: true }] } }
       export default async function () { c.add(1); await new Promise((r) => setTimeout(r, 100)) }`,
    ],
    ['invalid options', 104, `export const options = { vus: -1 }; export default function () {}`],
    [
      'an invalid threshold',
      104,
      `export const options = { thresholds: { iterations: ['nonsense'] } }; export default function () {}`,
    ],
    [
      'a threshold on an unknown metric',
      104,
      `export const options = { thresholds: { nowhere: ['count>1'] } }; export default function () {}`,
    ],
    ['an exception in init', 107, `throw new Error('x'); export default function () {}`],
    ['test.abort', 108, `import exec from 'k6/execution'; export default function () { exec.test.abort() }`],
    ['test.fail', 110, `import exec from 'k6/execution'; export default function () { exec.test.fail() }`],
    ['no exported function', 255, `export const options = {}`],
  ]
  for (const [what, code, source] of CODES) {
    it(`${code} for ${what}`, async () => {
      const result = await run(source)
      assert.equal(result.exitCode, code, result.errors.join('\n'))
    })
  }

  it('a threshold that aborts the run is reported once', async () => {
    const result = await run(`
      export const options = { duration: '40s', thresholds: { iterations: [{ threshold: 'count<1', abortOnFail: true }] } }
      export default async function () { await new Promise((r) => setTimeout(r, 100)) }`)
    const message =
      "thresholds on metrics 'iterations' were crossed; at least one has abortOnFail enabled, stopping test prematurely"
    assert.deepEqual(result.errors, [message])
  })

  it('the first reason wins: a crossed threshold changes no other code', async () => {
    const result = await run(`
      import exec from 'k6/execution'
      export const options = { thresholds: { iterations: ['count>100'] } }
      export default function () { exec.test.abort('first') }`)
    assert.equal(result.exitCode, 108)
    assert.match(result.errors.join('\n'), /thresholds on metrics 'iterations' have been crossed/)
  })
})
