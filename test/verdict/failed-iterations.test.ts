import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

const AS_F = `export const options = { scenarios: { s: { executor: 'per-vu-iterations', exec: 'f' } } }`

describe('iterations_failed', () => {
  it('counts iterations that threw, with the scenario and the reason, and no failed checks', async () => {
    const { exitCode, summary, samples, stdout } = await runScript(
      `import { check } from 'k6'
       export const options = { scenarios: {
         throws: { executor: 'per-vu-iterations', iterations: 2, exec: 'throws' },
         rejects: { executor: 'per-vu-iterations', iterations: 3, exec: 'rejects' },
         checks: { executor: 'per-vu-iterations', iterations: 4, exec: 'checks' },
       } }
       export function throws() { throw new Error('x') }
       export async function rejects() { await null; throw new Error('y') }
       export function checks() { check(1, { no: () => false }) }`,
      { name: 'script.js', samples: true },
    )
    assert.equal(exitCode, 0)
    assert.equal(summary.metrics['iterations']?.['count'], 9)
    assert.equal(summary.metrics['iterations_failed']?.['count'], 5)
    const failed = samples.filter(({ metric }) => metric === 'iterations_failed')
    assert.deepEqual(failed.map(({ tags }) => `${tags['scenario']} ${tags['reason']}`).sort(), [
      ...Array(3).fill('rejects exception'),
      ...Array(2).fill('throws exception'),
    ])
    assert.match(stdout, /iterations_failed\.+: 5 /)
    assert.doesNotMatch(stdout, /all 9 iterations failed/)
  })

  it('of a test in which every iteration failed are what the summary ends with', async () => {
    const { stdout } = await runScript(`export default function () { throw new Error('boom') }`)
    assert.equal(stdout.trimEnd().split('\n').at(-1)?.trim(), '! the only iteration failed')
  })
})

describe('a promise that can never settle', () => {
  it('fails the iteration, with the place of the await', async () => {
    const { exitCode, errors, log, summary, samples, console } = await runScript(
      `export const options = { iterations: 2 }
export default async function () {
  await null
  await new Promise(() => {})
  console.log('never')
}
`,
      { name: 'script.js', samples: true },
    )
    assert.equal(exitCode, 0)
    assert.deepEqual(console, [])
    assert.equal(summary.metrics['iterations_failed']?.['count'], 2)
    assert.equal(samples.find(({ metric }) => metric === 'iterations_failed')?.tags['reason'], 'unsettled')
    assert.match(
      errors[0] ?? '',
      /^default\(\) never came to its end: .+\n\tit waits at script.js:3:3 or script.js:4:3$/,
    )
    assert.equal(log.find(({ level }) => level === 'error')?.['code'], 'ERR_NEVER_SETTLED')
  })

  it('fails the iteration of a function that may block, too', async () => {
    const { errors } = await runScript(
      `import { sleep } from 'k6'
export async function chat() {
  sleep(0.01)
  await new Promise(() => {})
}
export const options = { scenarios: { s: { executor: 'per-vu-iterations', exec: 'chat' } } }`,
      { name: 'script.js' },
    )
    assert.match(errors[0] ?? '', /^chat\(\) never came to its end: .+\n\tat chat \(script.js:4:3\)$/)
  })

  for (const [what, script, place] of [
    ['returns a promise', `export default function () {\n  return new Promise(() => {})\n}`, '2:10'],
    ['is an arrow', `export default () => new Promise(() => {})`, '1:22'],
    [
      'returns a promise from an async function',
      `export default async () => {\n  return new Promise(() => {})\n}`,
      '2:10',
    ],
    ['returns an object with then', `export default function () {\n  return { then() {} }\n}`, ''],
    ['is made by another', `const made = () => () => new Promise(() => {})\nexport const f = made()\n${AS_F}`, '2:18'],
  ] as const) {
    it(`of a function that ${what} has its place`, async () => {
      const { errors } = await runScript(script, { name: 'script.js' })
      if (place === '') assert.deepEqual(errors, [])
      else
        assert.match(
          errors[0] ?? '',
          new RegExp(`^\\w+\\(\\) never came to its end: .+\\n\\tat \\w+ \\(script.js:${place}\\)$`),
        )
    })
  }

  it('is no failure when the promise was settled, however late', async () => {
    const { summary, errors } = await runScript(
      `import { sleep } from 'k6'
       export const options = { iterations: 4 }
       export default function () {
         if (__ITER === 0) return new Promise((resolve) => setTimeout(resolve, 20))
         if (__ITER === 1) return Promise.resolve(1)
         return (async () => { await null; sleep(0.01); await null })()
       }`,
      { name: 'script.js' },
    )
    assert.deepEqual(errors, [])
    assert.equal(summary.metrics['iterations_failed'], undefined)
  })

  for (const name of ['setup', 'teardown']) {
    it(`ends the test when it is that of ${name}()`, async () => {
      const { exitCode, errors, summary } = await runScript(
        `export async function ${name}() { await new Promise(() => {}) }
         export default function () {}`,
        { name: 'script.js' },
      )
      assert.equal(exitCode, 107)
      assert.match(
        errors[0] ?? '',
        new RegExp(`^${name}\\(\\) never came to its end: .+\\n\\tat ${name} \\(script.js:1:`),
      )
      assert.equal(summary.metrics['iterations']?.['count'], name === 'setup' ? undefined : 1)
    })
  }
})
