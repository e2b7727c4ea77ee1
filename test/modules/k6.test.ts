import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'

/** Runs lines as an iteration of a script that imports everything of `k6`; they find `log`, and `thrown(fn)`. */
async function run(
  lines: string,
  { head = '', ...options }: RunScriptOptions & { head?: string } = {},
): Promise<ScriptResult> {
  return await runScript(
    `import { check, fail, group, randomSeed, sleep } from 'k6'
const log = (value) => console.log(JSON.stringify(value) ?? 'undefined')
const thrown = (fn) => { try { return log(['returned', fn()]) } catch (error) { log([error.name, error.message]) } }
${head}
export default function () {
${lines}
}`,
    { name: 'script.js', samples: true, ...options },
  )
}

const values = (result: ScriptResult): unknown[] =>
  result.console.map((line) => (line === 'undefined' ? undefined : JSON.parse(line)))
const samplesOf = (result: ScriptResult, metric: string) => result.samples.filter((sample) => sample.metric === metric)

describe('check', () => {
  it('tells whether all conditions hold, and emits a sample of each in their order, with its tags', async () => {
    const result = await run(`
      log(check(5, { 'is five': (v) => v === 5, constant: true, 'in text': 'yes' }, { extra: 'tag', n: 1 }))
      log(check(5, { 'is six': (v) => v === 6, zero: 0, 'is five': (v) => v === 5 }))
      log(check(undefined, {}))
      log(check(null, () => true))
      log(check(null, 5))`)
    assert.deepEqual(values(result), [true, false, true, true, true])
    assert.deepEqual(
      samplesOf(result, 'checks').map(({ value, tags }) => [tags['check'], value]),
      [
        ['is five', 1],
        ['constant', 1],
        ['in text', 1],
        ['is six', 0],
        ['zero', 0],
        ['is five', 1],
      ],
    )
    assert.equal(samplesOf(result, 'checks')[0]?.tags['extra'], 'tag')
    assert.equal(samplesOf(result, 'checks')[0]?.tags['n'], '1')
    assert.equal(samplesOf(result, 'checks')[3]?.tags['extra'], undefined)
  })

  it('lets an exception of a condition through: a failing sample, and the rest is skipped', async () => {
    const result = await run(`
      thrown(() => check(1, { first: true, broken: () => { throw new RangeError('in the check') }, never: true }))`)
    assert.deepEqual(values(result), [['RangeError', 'in the check']])
    assert.deepEqual(
      samplesOf(result, 'checks').map(({ value, tags }) => [tags['check'], value]),
      [
        ['first', 1],
        ['broken', 0],
      ],
    )
  })

  it('refuses missing conditions, async functions, and names with ::', async () => {
    const result = await run(`
      thrown(() => check(1))
      thrown(() => check(1, null))
      thrown(() => check(1, { a: async () => true }))
      thrown(() => check(1, { 'a::b': true }))`)
    const [missing, none, async, name] = values(result) as string[][]
    assert.deepEqual(missing?.[1], 'no checks provided to `check`')
    assert.equal(none?.[0], 'TypeError')
    assert.match(async?.[1] ?? '', /^the built-in check\(\) does not support async functions as arguments\. Use the/)
    assert.equal(name?.[1], "group and check names may not contain '::'")
  })

  it('may sleep in a condition', async () => {
    const result = await run(`log(check(1, { slept: () => { sleep(0.02); return true } }))`)
    assert.deepEqual(values(result), [true])
  })

  it('a failed check changes neither the iteration nor the exit code', async () => {
    const result = await run(`check(1, { no: false })`)
    assert.equal(result.exitCode, 0)
    assert.equal(result.summary.metrics['iterations']?.['count'], 1)
  })
})

describe('group', () => {
  it('extends the group tag, gives the result of its function and emits its duration', async () => {
    const result = await run(`
      log(group('outer', () => {
        check(1, { a: true })
        return group('inner', () => { check(1, { b: true }); sleep(0.02); return 'result' })
      }))
      check(1, { c: true })`)
    assert.deepEqual(values(result), ['result'])
    assert.deepEqual(
      samplesOf(result, 'checks').map(({ tags }) => [tags['check'], tags['group']]),
      [
        ['a', '::outer'],
        ['b', '::outer::inner'],
        ['c', ''],
      ],
    )
    const durations = samplesOf(result, 'group_duration')
    assert.deepEqual(
      durations.map(({ tags }) => tags['group']),
      ['::outer::inner', '::outer'],
    )
    for (const { value } of durations) assert.ok(value >= 19)
  })

  it('is left when its function throws', async () => {
    const result = await run(`
      thrown(() => group('g', () => { throw new Error('inside') }))
      check(1, { after: true })`)
    assert.deepEqual(values(result), [['Error', 'inside']])
    assert.equal(samplesOf(result, 'checks')[0]?.tags['group'], '')
    assert.equal(samplesOf(result, 'group_duration').length, 1)
  })

  it('is left with an iteration that ends inside it', async () => {
    const result = await run(`group('g', () => { check(1, { inside: true }); fail('enough') })`, {
      flags: ['--iterations', '2'],
    })
    assert.deepEqual(
      samplesOf(result, 'checks').map(({ tags }) => tags['group']),
      ['::g', '::g'],
    )
  })

  it('refuses what is no function, async functions, and names with ::', async () => {
    const result = await run(`
      thrown(() => group('g'))
      thrown(() => group('g', 5))
      thrown(() => group('g', async () => {}))
      thrown(() => group('a::b', () => {}))`)
    const messages = (values(result) as string[][]).map(([, message]) => message)
    assert.deepEqual(messages.slice(0, 2), Array(2).fill('group() requires a callback as a second argument'))
    assert.match(messages[2] ?? '', /^group\(\) does not support async functions as arguments, please see https:/)
    assert.equal(messages[3], "group and check names may not contain '::'")
  })
})

describe('fail', () => {
  it('ends the iteration with an error in the log; the test goes on and exits with 0', async () => {
    const result = await run(`fail('not today'); log('went on')`, { flags: ['--iterations', '2'] })
    assert.equal(result.exitCode, 0)
    assert.deepEqual(result.console, [])
    assert.equal(result.errors.length, 2)
    assert.match(result.errors[0] as string, /not today\n\tat default \(script\.js:6:1\)/)
    assert.equal(result.summary.metrics['iterations']?.['count'], 2)
  })
})

describe('sleep', () => {
  it('waits for seconds and fractions; 0 and less returns at once, and less is told once', async () => {
    const result = await run(`
      const took = (seconds) => { const at = Date.now(); sleep(seconds); return Date.now() - at }
      log([0.05, '0.05', 0, -1, -2, null].map(took))`)
    const [times] = values(result) as number[][]
    assert.ok((times?.[0] ?? 0) >= 49 && (times?.[1] ?? 0) >= 49, String(times))
    for (const time of times?.slice(2) ?? []) assert.ok(time < 1000)
    assert.deepEqual(result.warnings, ['sleep() got a negative number of seconds, which is no wait at all'])
  })

  it('refuses what is no number, which would be a loop without a wait, and says what may be meant', async () => {
    const result = await run(`
      for (const seconds of ['1s', '500ms', 'x', NaN, undefined, {}]) thrown(() => sleep(seconds))`)
    const reason = 'the number of seconds is missing or is no number'
    assert.deepEqual(
      (values(result) as string[][]).map(([, message]) => message),
      [
        `sleep('1s'): ${reason}; sleep(1) is that long`,
        `sleep('500ms'): ${reason}; sleep(0.5) is that long`,
        `sleep('x'): ${reason}; sleep(1.5) is one and a half`,
        `sleep(NaN): ${reason}; sleep(1.5) is one and a half`,
        `sleep(): ${reason}; sleep(1.5) is one and a half`,
        `sleep([object Object]): ${reason}; sleep(1.5) is one and a half`,
      ],
    )
  })

  it('blocks the event loop of its virtual user only, also in the init code', async () => {
    const result = await run(`log(order)`, {
      head: `const order = []
setTimeout(() => order.push('timer'), 1)
sleep(0.03)
order.push('slept')`,
    })
    assert.deepEqual(values(result), [['slept', 'timer']])
  })
})

describe('randomSeed', () => {
  it('makes Math.random repeatable, per virtual user', async () => {
    const result = await run(`
      const draw = () => [Math.random(), Math.random(), Math.random()]
      randomSeed(7); const a = draw()
      randomSeed(7); const b = draw()
      randomSeed(8); const c = draw()
      log([JSON.stringify(a) === JSON.stringify(b), a[0] === c[0], a.every((n) => n >= 0 && n < 1), new Set(a).size])`)
    assert.deepEqual(values(result), [[true, false, true, 3]])
  })

  it('without it every virtual user draws other numbers', async () => {
    const result = await runScript(`export default function () { console.log(Math.random()) }`, {
      flags: ['--vus', '3', '--iterations', '3'],
    })
    assert.equal(new Set(result.console).size, 3)
  })
})

describe('k6 in the init code', () => {
  it('refuses check and group', async () => {
    for (const [call, text] of [
      ['check(1, {})', 'Using check() in the init context is not supported'],
      ["group('g', () => {})", 'Using group() in the init context is not supported'],
    ] as const) {
      const result = await run('', { head: call })
      assert.equal(result.exitCode, 107)
      assert.ok(result.errors[0]?.includes(text), result.errors[0])
    }
  })
})
