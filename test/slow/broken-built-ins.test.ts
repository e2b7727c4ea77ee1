/**
 * A script breaks a built-in object that sockeye, Node and all virtual users of its thread share. Whatever it breaks, and however, the run ends,
 * shows a summary, and exits with 0 only when the virtual users went on.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCli } from '../helpers/run-cli.js'

/** Properties by the expression of the object that has them. */
const BUILT_INS = {
  'Map.prototype': ['get', 'set', 'has', 'delete', 'values', 'Symbol.iterator', 'size'],
  'Set.prototype': ['add', 'has', 'delete', 'Symbol.iterator'],
  'WeakMap.prototype': ['get', 'set'],
  'Array.prototype': [
    'push',
    'shift',
    'pop',
    'map',
    'filter',
    'forEach',
    'includes',
    'slice',
    'splice',
    'join',
    'Symbol.iterator',
    'values',
  ],
  'Object.getPrototypeOf([][Symbol.iterator]())': ['next'],
  'Promise.prototype': ['then', 'catch', 'finally', 'constructor'],
  Promise: ['resolve', 'all', 'race', 'withResolvers'],
  Object: ['keys', 'entries', 'assign', 'defineProperty', 'freeze', 'fromEntries'],
  'Object.prototype': ['hasOwnProperty', 'toString', 'get', 'then', 'value', 'type'],
  'Function.prototype': ['call', 'apply', 'bind', 'Symbol.hasInstance'],
  JSON: ['stringify', 'parse'],
  Date: ['now'],
  'Date.prototype': ['getTime', 'toISOString'],
  performance: ['now'],
  Math: ['min', 'max', 'floor', 'round', 'random', 'log'],
  Number: ['isFinite', 'isInteger'],
  'String.prototype': ['split', 'slice', 'replace', 'startsWith', 'indexOf', 'includes'],
  'RegExp.prototype': ['exec', 'test', 'Symbol.replace'],
  'Object.getPrototypeOf(Uint8Array.prototype)': ['subarray', 'set', 'fill', 'length', 'buffer'],
  'ArrayBuffer.prototype': ['slice', 'byteLength'],
  'DataView.prototype': ['getFloat64', 'setFloat64'],
  Reflect: ['apply', 'get', 'ownKeys', 'construct'],
  Error: ['prepareStackTrace', 'captureStackTrace', 'stackTraceLimit'],
  'Error.prototype': ['toString', 'message'],
  Atomics: ['load', 'add', 'store'],
  Symbol: ['iterator', 'asyncIterator'],
  globalThis: [
    'structuredClone',
    'queueMicrotask',
    'setTimeout',
    'setImmediate',
    'clearTimeout',
    'Map',
    'Promise',
    'Array',
    'Error',
    'Buffer',
    'process',
  ],
} as const

const WAYS = {
  deleted: '(object, key) => { delete object[key] }',
  throwing: "(object, key) => put(object, key, () => { throw new Error('broken') })",
  garbage: '(object, key) => put(object, key, () => 4711)',
  endless: '(object, key) => put(object, key, () => { for (;;); })',
} as const

/** Virtual user 1 breaks it for both, after everybody has worked for a while. */
const script = (object: string, key: string, way: keyof typeof WAYS): string => `
  import { check, group, sleep } from 'k6'
  import { Counter, Trend } from 'k6/metrics'
  const seen = new Counter('seen')
  const times = new Trend('times')
  export const options = { scenarios: { s: { executor: 'constant-vus', vus: 2, duration: '2s', gracefulStop: '0s' } } }
  const { defineProperty } = Reflect
  const put = (object, key, value) => defineProperty(object, key, { get: () => value, set() {}, configurable: true })
  export default async function () {
    if (__VU === 1 && __ITER === 5) (${WAYS[way]})(${object}, ${key.startsWith('Symbol.') ? key : `'${key}'`})
    seen.add(1, { kind: 'a' })
    check(1, { one: () => true })
    group('g', () => sleep(0.02))
    await new Promise((resolve) => setTimeout(resolve, 10))
    times.add(__ITER)
  }`

const NAMES = Object.keys(WAYS) as (keyof typeof WAYS)[]
/** Every way for each takes several minutes: the suite tries one each, and another for the next built-in. */
const isWhole = process.env.SOCKEYE_EVERY_WAY === '1'
let turn = 0

const GOES_ON = 30
const LIMIT_MS = 45_000

describe('a run ends, and tells what was lost, with', { concurrency: 3 }, () => {
  for (const [object, keys] of Object.entries(BUILT_INS)) {
    for (const key of keys) {
      for (const way of isWhole ? NAMES : [NAMES[turn++ % NAMES.length] as keyof typeof WAYS]) {
        it(`${object}.${key} ${way}`, async () => {
          const begin = performance.now()
          const { exitCode, signal, stdout, stderr } = await runCli(['run', '-q', '--shards', '1', 'script.js'], {
            isSupervised: true,
            files: { 'script.js': script(object, key, way) },
          })
          const told = `${stdout}\n${stderr.slice(0, 2000)}`
          assert.equal(signal, null, told)
          assert.ok(performance.now() - begin < LIMIT_MS, told)
          assert.match(stdout, /TOTAL RESULTS/, told)
          assert.ok(exitCode === 0 || exitCode === 109, told)
          const iterations = Number(/iterations\.+: (\d+)/.exec(stdout)?.[1] ?? 0)
          assert.ok(exitCode !== 0 || iterations >= GOES_ON, told)
        })
      }
    }
  }
})
