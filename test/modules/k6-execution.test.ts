import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'

const HEAD = `import exec from 'k6/execution'
import { Counter } from 'k6/metrics'
const seen = new Counter('seen')
const log = (value) => console.log(JSON.stringify(value) ?? 'undefined')
const thrown = (fn) => { try { return log(fn()) } catch (error) { log(error.name + ': ' + error.message) } }
`
const run = (source: string, options: RunScriptOptions = {}): Promise<ScriptResult> =>
  runScript(HEAD + source, { name: 'script.js', ...options })
const values = (result: ScriptResult): any[] => result.console.map((line) => JSON.parse(line))

describe('k6/execution', () => {
  it('tells about the instance, the scenario and the virtual user during iterations', async () => {
    const result = await run(`
      export const options = {
        scenarios: { main: { executor: 'per-vu-iterations', vus: 2, iterations: 2, exec: 'work', maxDuration: '20s' } },
      }
      export function work() {
        log({ instance: { ...exec.instance }, scenario: { ...exec.scenario }, vu: { ...exec.vu, tags: 0, metrics: 0 }, vuGlobal: __VU, iter: __ITER })
      }`)
    const all = values(result)
    assert.equal(all.length, 4)
    for (const { instance, scenario, vu, vuGlobal, iter } of all) {
      assert.deepEqual(Object.keys(instance).sort(), [
        'currentTestRunDuration',
        'iterationsCompleted',
        'iterationsInterrupted',
        'vusActive',
        'vusInitialized',
      ])
      assert.ok(instance.currentTestRunDuration > 0 && instance.currentTestRunDuration < 60_000)
      assert.ok(instance.iterationsCompleted >= 0 && instance.iterationsCompleted < 4)
      assert.equal(instance.iterationsInterrupted, 0)
      assert.equal(instance.vusInitialized, 2)
      assert.ok(instance.vusActive >= 1 && instance.vusActive <= 2)
      assert.deepEqual([scenario.name, scenario.executor], ['main', 'per-vu-iterations'])
      assert.ok(Math.abs(scenario.startTime - Date.now()) < 60_000)
      assert.ok(scenario.progress >= 0 && scenario.progress <= 1)
      assert.equal(vu.idInInstance, vu.idInTest)
      assert.equal(vu.idInInstance, vuGlobal)
      assert.equal(vu.iterationInInstance, iter)
      assert.equal(vu.iterationInScenario, iter)
    }
    assert.deepEqual([...new Set(all.map(({ vuGlobal }) => vuGlobal))].sort(), [1, 2])
    assert.deepEqual(all.map(({ scenario }) => scenario.iterationInTest).sort(), [0, 1, 2, 3])
  })

  for (const shards of [1, 2, 3]) {
    it(`numbers virtual users and iterations without gaps and twins on ${shards} shards`, async () => {
      const result = await run(
        `
        export const options = { vus: 6, iterations: 60 }
        export default function () { log([exec.vu.idInTest, exec.scenario.iterationInTest, exec.scenario.iterationInInstance, __ITER]) }`,
        { flags: ['--shards', String(shards)] },
      )
      const all = values(result)
      const numbers = all.map(([, number]) => number).sort((a, b) => a - b)
      assert.deepEqual(
        numbers,
        Array.from({ length: 60 }, (_, i) => i),
      )
      for (const [vu, inTest, inInstance] of all) {
        assert.equal(inTest, inInstance)
        assert.ok(vu >= 1 && vu <= 6)
      }
      // Every virtual user counts its own iterations from 0.
      for (const vu of new Set(all.map(([id]) => id))) {
        const own = all.filter(([id]) => id === vu).map(([, , , iteration]) => iteration)
        assert.deepEqual(
          own.sort((a, b) => a - b),
          own.map((_, i) => i),
        )
      }
    })
  }

  it('refuses whole objects in place of tags and metadata, which no sample would get', async () => {
    const result = await run(`
      export default function () {
        for (const owner of [exec.vu, exec.vu.metrics]) thrown(() => { owner.tags = { mine: 'x' } })
        thrown(() => { exec.vu.metrics.metadata = {} })
      }`)
    assert.deepEqual(
      values(result).map((text) => text.replace(/ of .*/, '')),
      ['tags', 'tags', 'metadata'].map((name) => `TypeError: Cannot set property ${name}`),
    )
  })

  it('lets scripts set, read, list and delete tags and metadata, which stay for later iterations', async () => {
    const result = await run(
      `
      export const options = { iterations: 2 }
      export default function () {
        const { tags, metadata } = exec.vu.metrics
        log(exec.vu.tags === tags || JSON.stringify(exec.vu.tags) === JSON.stringify(tags))
        log(['mine' in tags, tags.mine ?? null, tags.scenario])
        seen.add(1)
        Object.assign(tags, { mine: 'x', number: 5, flag: true })
        metadata.trace = 'abc'
        seen.add(2)
        log(Object.keys(tags).sort())
        delete tags.number
        log([tags.number ?? null, 'number' in tags, metadata.trace, Object.hasOwn(tags, 'toString')])
        thrown(() => { tags.bad = {} })
        thrown(() => { tags.bad = null })
        thrown(() => { metadata.bad = [] })
      }`,
      { samples: true },
    )
    const tag =
      "TypeError: invalid value for metric tag 'bad': only String, Boolean and Number types are accepted as a metric tag values"
    const metadata =
      "TypeError: invalid value for metric metadata 'bad': only String, Boolean and Number types are accepted as a metric metadata value"
    const rest = [['flag', 'group', 'mine', 'number', 'scenario'], [null, false, 'abc', false], tag, tag, metadata]
    assert.deepEqual(values(result), [true, [false, null, 'default'], ...rest, true, [true, 'x', 'default'], ...rest])
    const samples = result.samples.filter(({ metric }) => metric === 'seen')
    assert.deepEqual(
      samples.map(({ tags, metadata: extra }) => [tags['mine'], tags['number'], extra?.['trace']]),
      [
        [undefined, undefined, undefined],
        ['x', '5', 'abc'],
        ['x', undefined, 'abc'],
        ['x', '5', 'abc'],
      ],
    )
  })

  it('refuses what does not exist yet', async () => {
    const result = await run(`
      if (__VU === 0 && !globalThis.isDone) {
        thrown(() => exec.scenario.name)
        thrown(() => exec.instance.vusActive)
        thrown(() => exec.vu.idInTest)
        thrown(() => exec.test.options)
        thrown(() => exec.test.fail('x'))
      }
      export function setup() { console.log('"setup"'); thrown(() => exec.scenario.name); log(exec.vu.idInInstance); log(exec.instance.vusInitialized) }
      export default function () {}`)
    const texts = [
      'getting scenario information outside of the VU context is not supported',
      'getting instance information in the init context is not supported',
      'getting VU information in the init context is not supported',
      'getting test options in the init context is not supported',
      'execution.test.fail() called outside of VU context',
    ]
    const logged = values(result)
    for (const [i, text] of texts.entries()) assert.ok(logged[i].endsWith(text), logged[i])
    const setup = logged.slice(logged.indexOf('setup') + 1)
    assert.ok(setup[0].endsWith(texts[0]))
    assert.deepEqual(setup.slice(1, 3), [0, 1])
  })

  it('updates the options that the script exports, after the init code, where something else says otherwise', async () => {
    const { console: logged } = await runScript(
      `export const options = { vus: 1, duration: '1h', thresholds: { iterations: ['count>0'] }, tags: { a: 'b' } }
       const early = JSON.stringify(options)
       export default function () { if (__ITER === 0) { console.log(early); console.log(JSON.stringify(options)) } }`,
      { flags: ['-d', '1s', '--user-agent', 'me'] },
    )
    const own = { vus: 1, duration: '1h', thresholds: { iterations: ['count>0'] }, tags: { a: 'b' } }
    assert.deepEqual(
      logged.map((text) => JSON.parse(text as string)),
      [own, { ...own, duration: '1s', userAgent: 'me' }],
    )
  })

  it('gives the consolidated options, frozen', async () => {
    const result = await run(
      `
      export const options = { thresholds: { seen: ['count<10'] }, tags: { a: 'b' } }
      export default function () {
        log([exec.test.options.thresholds.seen, exec.test.options.tags, Object.isFrozen(exec.test.options)])
      }`,
      { flags: ['--vus', '1'] },
    )
    const [[thresholds, tags, isFrozen]] = values(result)
    assert.match(JSON.stringify(thresholds), /count<10/)
    assert.deepEqual(tags, { a: 'b' })
    assert.equal(isFrozen, true)
  })

  it('test.fail marks the test: it goes on, is logged, and exits with 110, also with crossed thresholds', async () => {
    const result = await run(`
      export const options = { iterations: 2, thresholds: { seen: ['count>10'] } }
      export default function () { if (__ITER === 0) exec.test.fail('something odd'); seen.add(1) }
      export function teardown() { console.log('1') }`)
    assert.equal(result.exitCode, 110)
    assert.equal(result.summary.metrics['iterations']?.['count'], 2)
    assert.ok(result.errors.includes('test marked as failed: something odd'))
    assert.equal(result.errors.at(-1), 'test run was marked as failed')
    assert.deepEqual(values(result), [1])
  })
})
