import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

const CASES: readonly (readonly [what: string, code: string, message: string, path: string])[] = [
  ['NaN', 'export const options = { vus: Number(undefined) }', 'options.vus is NaN', 'options.vus'],
  [
    'Infinity',
    `export const options = { stages: [{ duration: '1s', target: 1 / 0 }] }`,
    'options.stages[0].target is Infinity',
    'options.stages[0].target',
  ],
  ['a BigInt', 'export const options = { iterations: 5n }', 'options.iterations is a BigInt, 5n', 'options.iterations'],
  [
    'a circle',
    'const options = { tags: {} }; options.tags.self = options; export { options }',
    'options.tags.self refers to an object that it is in',
    'options.tags.self',
  ],
  [
    'a getter that throws',
    `export const options = { get vus() { throw new Error('no') } }`,
    'reading options.vus throws Error: no',
    'options.vus',
  ],
  [
    'a toJSON that throws',
    `export const options = { tags: { toJSON() { throw 1 } } }`,
    'reading options.tags throws 1',
    'options.tags',
  ],
  [
    'a function inside',
    `export const options = { tags: { a: () => 'x' } }`,
    'options.tags.a is a function, which is no value of an option',
    'options.tags.a',
  ],
  ['a Map inside', 'export const options = { tags: new Map() }', 'options.tags is a Map', 'options.tags'],
  ['a function', 'export function options() { return {} }', 'options must be an object, got a function', 'options'],
  ['a class', 'export class options {}', 'options must be an object, got a class', 'options'],
  ['a Map', `export const options = new Map([['vus', 5]])`, 'options must be an object, got a Map', 'options'],
  [
    'an instance without fields of its own',
    'class Load { get vus() { return 5 } }; export const options = new Load()',
    'options must be an object, got an instance of Load',
    'options',
  ],
  ['a promise', 'export const options = Promise.resolve({})', 'options must be an object, got a promise', 'options'],
]

describe('options that cannot be used', () => {
  for (const [what, code, message, path] of CASES) {
    it(`are told, with their path: ${what}`, async () => {
      const { exitCode, errors } = await runScript(`${code}\nexport default function () {}`, { name: 'script.js' })
      assert.equal(exitCode, 104)
      const [error = ''] = errors
      assert.ok(error.includes(`\t- ${message}\n\t    at   ${path}`), error)
    })
  }

  for (const name of ['option', 'Options', 'opitons']) {
    it(`are told when they have the name "${name}"`, async () => {
      const { exitCode, errors } = await runScript(`export const ${name} = { vus: 5 }\nexport default function () {}`, {
        name: 'script.js',
      })
      assert.equal(exitCode, 104)
      assert.match(errors[0] ?? '', new RegExp(`the script exports "${name}", but no "options"`))
    })
  }

  it('are not guessed at when there are others, or when the export is no object', async () => {
    const both = await runScript(`export const options = {}; export const option = { a: 1 }; export default () => {}`, {
      name: 'script.js',
    })
    assert.equal(both.exitCode, 0)
    const other = await runScript(`export function option() {}\nexport default function () {}`, { name: 'script.js' })
    assert.equal(other.exitCode, 0)
  })
})

describe('a value of a custom metric', () => {
  it('is refused when it is infinite, as NaN is', async () => {
    const { warnings, summary } = await runScript(
      `import { Counter, Trend } from 'k6/metrics'
       const c = new Counter('hits'), t = new Trend('rtt')
       export default function () { c.add(1 / 0); t.add(-1 / 0); t.add('Infinity'); t.add(3); c.add(Object.create(null)) }`,
      { name: 'script.js' },
    )
    const expected = 'a number or a boolean value is expected'
    assert.deepEqual(warnings, [
      `'Infinity' is an invalid value for metric 'hits', ${expected}`,
      `'-Infinity' is an invalid value for metric 'rtt', ${expected}`,
      `'Infinity' is an invalid value for metric 'rtt', ${expected}`,
      `'[object Object]' is an invalid value for metric 'hits', ${expected}`,
    ])
    assert.equal(summary.metrics['hits'], undefined)
    assert.equal(summary.metrics['rtt']?.['max'], 3)
  })
})
