import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'

/** What a comparison with k6 found, beside the tests of the rooms themselves. */
const run = (source: string, options: RunScriptOptions = {}): Promise<ScriptResult> =>
  runScript(source, { name: 'script.js', ...options })
const FINE = 'export default function () {}'

describe('options', () => {
  it('may be an instance of a class: its own fields count', async () => {
    for (const value of [
      'new (class { iterations = 3 })()',
      'Object.assign(Object.create({ vus: 9 }), { iterations: 3 })',
    ]) {
      const { exitCode, summary } = await run(`export const options = ${value}\n${FINE}`)
      assert.equal(exitCode, 0)
      assert.equal(summary.metrics['iterations']?.['count'], 3)
    }
  })
})

describe('option names', () => {
  it('may be written in any letters, in scenarios and stages too', async () => {
    const result = await run(`
      export const options = { Scenarios: { a: {
        Executor: 'ramping-arrival-rate', preAllocatedVus: 2, STARTRATE: 50, timeunit: '1s',
        Stages: [{ Duration: '100ms', TARGET: 50 }] } } }
      ${FINE}`)
    assert.equal(result.exitCode, 0, result.errors.join())
    assert.ok((result.summary.metrics['iterations']?.['count'] as number) > 0)
    const shortcut = await run(`export const options = { VUs: 2, ITERATIONS: 4 }\n${FINE}`)
    assert.equal(shortcut.summary.metrics['iterations']?.['count'], 4)
  })

  it('null counts as not set, in thresholds and tags too', async () => {
    const result = await run(`
      export const options = { vus: null, tags: { a: null, b: 'x' }, thresholds: { iterations: null, checks: [] } }
      ${FINE}`)
    assert.equal(result.exitCode, 0, result.errors.join())
  })
})

describe('test.abort()', () => {
  const ABORTING = `
    import { check, group } from 'k6'
    import exec from 'k6/execution'
    export const options = { iterations: 5 }
    export default function () {
      group('g', () => { check(1, { ok: () => true }); if (__ITER === 1) exec.test.abort('enough') })
    }`

  it('in an iteration: it is counted with its checks and groups, and nothing is dropped', async () => {
    const { exitCode, summary } = await run(ABORTING)
    assert.equal(exitCode, 108)
    assert.equal(summary.metrics['iterations']?.['count'], 2)
    assert.equal(summary.metrics['checks']?.['passes'], 2)
    assert.ok(summary.metrics['group_duration'])
    assert.equal(summary.metrics['dropped_iterations'], undefined)
  })

  it('in handleSummary: it is logged, and the exit code is that of the test', async () => {
    const result = await run(`
      import exec from 'k6/execution'
      ${FINE}
      export function handleSummary() { exec.test.abort('too late') }`)
    assert.equal(result.exitCode, 0)
    assert.match(result.errors.join(), /test aborted: too late/)
  })
})

describe('data of setup()', () => {
  const shown = async (value: string): Promise<unknown> => {
    const { console: lines } = await run(`
      export function setup() { return ${value} }
      export default function (data) { console.log(JSON.stringify(data)) }`)
    return lines[0]
  }

  it('is what k6 makes of Map, Set, typed arrays and BigInt', async () => {
    assert.equal(
      await shown(
        `{ m: new Map([[1, 'a']]), s: new Set([1]), b: new Uint8Array([1, 2]), i: new Int16Array([-1]), n: 10n }`,
      ),
      '{"b":"AQI=","i":[-1],"m":[[1,"a"]],"n":10,"s":[1]}',
    )
  })

  it('that contains itself ends the test with a message; the same object twice is none of that', async () => {
    const result = await run(`export function setup() { const a = {}; a.a = { a }; return a }\n${FINE}`)
    assert.equal(result.exitCode, 107)
    assert.match(result.errors.join(), /setup\(\) data to JSON: an object in it refers to one that it is in/)
    assert.equal(await shown('(() => { const a = { x: 1 }; return [a, a] })()'), '[{"x":1},{"x":1}]')
  })
})

describe('the data of handleSummary', () => {
  it('has setup_data and the VUs always, and metrics of thresholds without samples', async () => {
    const result = await run(`
      export const options = { thresholds: { 'iteration_duration{ kind : a }': ['max<5'] } }
      ${FINE}
      export const handleSummary = (data) => ({ 'out.json': JSON.stringify([
        'setup_data' in data, data.metrics.vus.values.max, data.metrics.vus_max.values.max,
        data.metrics['iteration_duration{kind : a}'].values.max]) })`)
    assert.equal(await result.read('out.json'), '[true,1,1,0]')
  })

  it('may be answered with any bytes', async () => {
    const result = await run(`
      ${FINE}
      export const handleSummary = () => ({ 'a.bin': new Uint8Array([64, 65, 66]).subarray(1), 'b.bin': new DataView(new ArrayBuffer(1)) })`)
    assert.equal(await result.read('a.bin'), 'AB')
    assert.equal(await result.read('b.bin'), '\0')
  })
})

describe('tags', () => {
  it('of any kind can be deleted, group can be set, and what is deleted leaves no empty metadata', async () => {
    const result = await run(
      `import exec from 'k6/execution'
       import { Counter } from 'k6/metrics'
       import { group } from 'k6'
       const c = new Counter('cc')
       export const options = { tags: { run: 'r' } }
       export default function () {
         const { tags, metadata } = exec.vu.metrics
         metadata.m = '1'
         delete metadata.m
         delete tags.scenario
         delete tags.run
         tags.group = 'mine'
         c.add(1)
         group('g', () => c.add(1))
         c.add(1)
         group('', () => c.add(1))
         delete tags.group
         c.add(1)
       }`,
      { samples: true },
    )
    const samples = result.samples.filter(({ metric }) => metric === 'cc')
    assert.deepEqual(
      samples.map(({ tags }) => tags),
      [{ group: 'mine' }, { group: '::g' }, { group: 'mine' }, { group: '' }, {}],
    )
    for (const sample of samples) assert.ok(!('metadata' in sample) || sample.metadata === undefined)
  })

  it('vu: samples of setup and teardown have none', async () => {
    const result = await run(
      `import { Counter } from 'k6/metrics'
       const c = new Counter('cc')
       export const options = { systemTags: ['vu'] }
       export function setup() { c.add(1) }
       export default function () { c.add(1) }`,
      { samples: true },
    )
    assert.deepEqual(
      result.samples.filter(({ metric }) => metric === 'cc').map(({ metadata }) => metadata),
      [undefined, { vu: '1' }],
    )
  })

  it('of the system: an empty list on the command line is none of them', async () => {
    const result = await run(FINE, { samples: true, flags: ['--system-tags', ''] })
    assert.deepEqual(result.samples.find(({ metric }) => metric === 'iterations')?.tags, {})
  })
})

describe('scripts', () => {
  const printed = async (body: string, head = ''): Promise<readonly string[]> => {
    const result = await run(`${head}\nexport default function () { ${body} }`)
    assert.deepEqual(result.errors, [])
    return result.console
  }

  it('can take methods off their metrics', async () => {
    const head = "import { Trend } from 'k6/metrics'\nconst { add } = new Trend('tt')"
    assert.deepEqual(await printed('console.log(String(add(1, { a: 1 })), String([1, 2].every(add)))', head), [
      'true true',
    ])
  })

  it('must name their metrics', async () => {
    const result = await run(`import { Counter } from 'k6/metrics'\nnew Counter(undefined)\n${FINE}`)
    assert.equal(result.exitCode, 107)
    assert.match(result.errors.join(), /Invalid metric name: ''/)
  })

  it('see the share of finished iterations in scenario.progress', async () => {
    for (const executor of ['shared-iterations', 'per-vu-iterations']) {
      const result = await run(`
        import exec from 'k6/execution'
        export const options = { scenarios: { a: { executor: '${executor}', iterations: 4 } } }
        export default function () { console.log(String(exec.scenario.progress)) }`)
      assert.deepEqual(result.console, ['0', '0.25', '0.5', '0.75'], executor)
    }
  })

  it('get an exception for a check that is a promise, and nothing is counted', async () => {
    for (const condition of ['async () => true', 'Promise.resolve(true)', '() => Promise.resolve(true)']) {
      const result = await run(`
        import { check } from 'k6'
        export default function () { check(1, { late: ${condition} }) }`)
      assert.match(result.errors.join(), /check\(\) does not support async functions/, condition)
      assert.equal(result.summary.metrics['checks'], undefined, condition)
    }
  })
})

describe('the summary', () => {
  it('in full shows the groups of setup and teardown', async () => {
    const result = await run(
      `import { check, group } from 'k6'
       export function setup() { group('preparing', () => check(1, { ready: () => true })) }
       ${FINE}`,
      { flags: ['--summary-mode', 'full'] },
    )
    assert.match(result.stdout, /█ GROUP: setup [^█]*↳ GROUP: preparing [^█]*✓ ready/)
  })

  it('for machines adds up checks of one name', async () => {
    const result = await run(
      `import { check, group } from 'k6'
       export default function () { for (const name of ['a', 'b']) group(name, () => check(1, { same: () => name === 'a' })) }
       export const handleSummary = (data) => ({ 'out.json': JSON.stringify(data.results.checks.results) })`,
      { flags: ['--new-machine-readable-summary'] },
    )
    assert.equal(await result.read('out.json'), '[{"name":"same","passes":1,"fails":1}]')
  })

  it('says in its last line which options were ignored', async () => {
    const result = await run(`export const options = { iterations: 1, threshold: { checks: ['rate==1'] } }\n${FINE}`)
    assert.equal(result.exitCode, 0)
    assert.match(result.stdout, /! options that do not exist were ignored: threshold\n/)
  })

  it('counts a connection that failed once: where the iteration fails with it, with the place', async () => {
    const result = await run(`
      import { Socket } from 'k6/x/tcp'
      export const options = { iterations: 2 }
      export default async function () { await new Socket().connect({ host: '127.0.0.1', port: 1 }) }`)
    assert.match(result.stdout, /█ ERRORS \n\n {4}2 {2}TCP error during connect: .*\n.*script\.js:4:\d+\n\n/)
    assert.doesNotMatch(result.stdout, /Handling TCP error/)
  })

  it('tells where an asyncRequest that failed was made, also with the option throw', async () => {
    const source = `
      import http from 'k6/http'
      const ask = async (path) => {
        await null
        return http.asyncRequest('GET', 'http://127.0.0.1:1' + path)
      }
      export default async function () { await ask('/') }`
    const { stdout } = await run(source)
    assert.match(stdout, /█ ERRORS \n\n {4}1 {2}Request Failed: .*\n {7}default, .*script\.js:5:\d+\n\n/)
    const thrown = await run(source, { flags: ['--throw'] })
    assert.match(thrown.errors.join(), /GoError: Get .*: connect: connection refused\n\tat ask \(.*script\.js:5:\d+\)/)
    assert.match(thrown.stdout, /█ ERRORS \n\n {4}1 {2}GoError: Get .*\n {7}default, .*script\.js:5:\d+\n\n/)
  })
})

describe('wrong flags', () => {
  for (const [flags, exitCode] of [
    [['--execution-segment', '2:3'], 104],
    [['--execution-segment-sequence', '0,a'], 104],
    [['--dns', 'select=x'], 255],
    [['--dns', 'ttl=x'], 255],
    [['--block-hostnames', '***'], 255],
    [['--blacklist-ip', 'x'], 255],
  ] as const) {
    it(`${flags.join(' ')}: exits with ${exitCode}`, async () => {
      const result = await run(FINE, { flags: [...flags] })
      assert.equal(result.exitCode, exitCode)
    })
  }
})
