import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'

async function run(head: string, lines = '', options: RunScriptOptions = {}): Promise<ScriptResult> {
  return await runScript(
    `import metrics, { Counter, Gauge, Rate, Trend } from 'k6/metrics'
const log = (value) => console.log(JSON.stringify(value) ?? 'undefined')
const thrown = (fn) => { try { return log(fn()) } catch (error) { log(error.message) } }
${head}
export default function () {
${lines}
}`,
    { name: 'script.js', samples: true, ...options },
  )
}

const values = (result: ScriptResult): unknown[] => result.console.map((line) => JSON.parse(line))
const samplesOf = ({ samples }: ScriptResult, metric: string) => samples.filter((sample) => sample.metric === metric)

describe('k6/metrics', () => {
  it('has four classes whose objects have a read-only name and add(), which gives true', async () => {
    const result = await run(
      `const all = [new Counter('a_counter'), new Gauge('a_gauge'), new Rate('a_rate'), new Trend('a_trend'), new Trend('a_time', true)]`,
      `for (const metric of all) {
         thrown(() => { 'use strict'; metric.name = 'other' })
         log([metric.name, metric.add(2), metric.add(-1)])
       }
       log([all[0] instanceof Counter, metrics.Counter === Counter])`,
    )
    const logged = values(result)
    assert.deepEqual(
      logged.filter((value) => Array.isArray(value)),
      [
        ['a_counter', true, true],
        ['a_gauge', true, true],
        ['a_rate', true, true],
        ['a_trend', true, true],
        ['a_time', true, true],
        [true, true],
      ],
    )
    assert.equal(result.summary.metrics['a_counter']?.['count'], 1)
    assert.equal(result.summary.metrics['a_gauge']?.['value'], -1)
    assert.equal(result.summary.metrics['a_rate']?.['value'], 1)
    assert.equal(result.summary.metrics['a_trend']?.['max'], 2)
    assert.match(result.stdout, /a_time\.+: avg=500µs +min=-1ms/)
  })

  const NAMES: readonly (readonly [string, boolean])[] = [
    ['ab', true],
    ['_1', true],
    ['A9_z', true],
    [`a${'b'.repeat(128)}`, true],
    ['a', false],
    ['', false],
    ['1a', false],
    ['a-b', false],
    ['a b', false],
    ['größe', false],
    ['ab\\n', false],
    [`a${'b'.repeat(129)}`, false],
  ]
  it('accepts names of 2 to 129 letters, digits and underscores that do not start with a digit', async () => {
    const calls = NAMES.map(([name]) => `thrown(() => new Counter('${name}').name)`)
    // Init code runs once to load the script and once per VU.
    const logged = values(await run(calls.join('\n'))).slice(0, NAMES.length)
    NAMES.forEach(([name, isValid], i) => {
      const text = name.replace('\\n', '\n')
      const refusal =
        `Invalid metric name: '${text}'. Metric names must only include up to 128 ASCII letters, numbers, or ` +
        'underscores and start with a letter or an underscore.'
      assert.equal(logged[i], isValid ? text : refusal)
    })
  })

  it('refuses a name that is taken by another type or another kind of value, and shares it otherwise', async () => {
    const result = await run(
      `const [a, b] = [new Counter('shared'), new Counter('shared')]
       new Trend('some_trend', true)
       if (__VU === 0) {
         thrown(() => new Gauge('shared'))
         thrown(() => new Trend('some_trend'))
         thrown(() => new Counter('iterations').name)
       }`,
      'a.add(1); b.add(2)',
    )
    assert.deepEqual(values(result).slice(0, 3), [
      "metric 'shared' already exists but with type counter, instead of gauge",
      "metric 'some_trend' already exists but with a value type time, instead of default",
      'iterations',
    ])
    assert.equal(result.summary.metrics['shared']?.['count'], 3)
  })

  it('is declared in the init code and added to outside it', async () => {
    const outside = await run('', `thrown(() => new Counter('too_late'))`)
    assert.deepEqual(values(outside), ['metrics must be declared in the init context'])
    const inside = await run(`new Counter('too_early').add(1)`)
    assert.equal(inside.exitCode, 107)
    assert.match(inside.errors[0] as string, /Adding to metrics in the init context is not supported/)
  })

  it('converts booleans and numeric strings', async () => {
    const result = await run(
      `const c = new Counter('converted')`,
      `log([true, false, '2.5', ' 3 ', '0x10', 1e3].map((value) => c.add(value)))`,
    )
    assert.deepEqual(values(result), [[true, true, true, true, true, true]])
    assert.deepEqual(
      samplesOf(result, 'converted').map(({ value }) => value),
      [1, 0, 2.5, 3, 16, 1000],
    )
  })

  const INVALID: readonly (readonly [string, string])[] = [
    ['', "no value was provided for metric 'cc', a number or a boolean value is expected"],
    ['null', "'null' is an invalid value for metric 'cc', a number or a boolean value is expected"],
    ['undefined', "'undefined' is an invalid value for metric 'cc', a number or a boolean value is expected"],
    ['NaN', "'NaN' is an invalid value for metric 'cc', a number or a boolean value is expected"],
    ["'fast'", "'fast' is an invalid value for metric 'cc', a number or a boolean value is expected"],
    ['{}', "'[object Object]' is an invalid value for metric 'cc', a number or a boolean value is expected"],
    [
      "'x'.repeat(60) + 'y'.repeat(60)",
      `'${'x'.repeat(50)}... omitting 20 characters ...${'y'.repeat(50)}' is an invalid value for metric 'cc', a number or a boolean value is expected`,
    ],
  ]
  it('refuses other values: a warning and false, or an exception with the option throw', async () => {
    const calls = INVALID.map(([value]) => `thrown(() => cc.add(${value}))`).join('\n')
    const head = `const cc = new Counter('cc')`
    const warned = await run(head, calls)
    assert.deepEqual(values(warned), Array(INVALID.length).fill(false))
    assert.deepEqual(
      warned.warnings,
      INVALID.map(([, text]) => text),
    )
    assert.equal(samplesOf(warned, 'cc').length, 0)
    const threw = await run(head, calls, { flags: ['--throw'] })
    assert.deepEqual(
      values(threw),
      INVALID.map(([, text]) => text),
    )
  })

  it('takes tags of strings, numbers and booleans, and refuses others', async () => {
    const result = await run(
      `const c = new Counter('tagged')`,
      `c.add(1, { a: 'x', b: 2, c: true })
       c.add(1, undefined)
       c.add(1, null)
       thrown(() => c.add(1, { bad: {} }))
       thrown(() => c.add(1, { bad: null }))`,
    )
    const { scenario, group, ...tags } = samplesOf(result, 'tagged')[0]?.tags ?? {}
    assert.deepEqual(tags, { a: 'x', b: '2', c: 'true' })
    assert.deepEqual([scenario, group], ['default', ''])
    assert.equal(samplesOf(result, 'tagged').length, 3)
    const text =
      "cannot add tags for the 'tagged' custom metric: invalid value for metric tag 'bad': only String, Boolean and " +
      'Number types are accepted as a metric tag values'
    assert.deepEqual(values(result), [text, text])
  })
})
