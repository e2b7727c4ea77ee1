import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createConsole } from '../../src/log/console.js'
import { formatConsoleArguments } from '../../src/log/console-format.js'
import { Log } from '../../src/log/log.js'
import type { LogRecord } from '../../src/log/record.js'

const circular: Record<string, unknown> = { a: 1 }
circular['self'] = circular
circular['list'] = [circular]
const shared = { x: 1 }
class Point {
  x = 1
  #hidden = 2
  get sum() {
    return this.x + this.#hidden
  }
}
class TcpError extends Error {
  override toString() {
    return 'TCP error during read: gone'
  }
}

const rows: [string, unknown[], string][] = [
  ['nothing', [], ''],
  ['a string as it is', ['a "quoted" one\n'], 'a "quoted" one\n'],
  ['numbers and booleans', [1, -1.5, Number.NaN, Number.POSITIVE_INFINITY, true], '1 -1.5 NaN Infinity true'],
  ['null and undefined', [undefined, null], 'undefined null'],
  ['no % substitution', ['%s of %d', 'a', 1], '%s of %d a 1'],
  ['an object', [{ a: 1, b: 'x' }], '{ a: 1, b: "x" }'],
  ['an empty object and array', [{}, []], '{} []'],
  ['an array', [[1, 2]], '[ 1, 2 ]'],
  ['nested nothing as null', [{ a: undefined, b: null }, [undefined, null]], '{ a: null, b: null } [ null, null ]'],
  ['nested strings in quotes without escapes', [['say "hi"', ['a\nb']]], '[ "say "hi"", [ "a\nb" ] ]'],
  ['holes of an array', [new Array(2)], '[ null, null ]'],
  ['functions', [() => 1, class {}, { f() {} }], '[object Function] [object Function] { f: [object Function] }'],
  ['circular values', [circular], '{ a: 1, self: [Circular], list: [ [Circular] ] }'],
  ['the same object twice beside itself', [[shared, shared]], '[ { x: 1 }, { x: 1 } ]'],
  ['errors', [new Error('oops'), new TypeError('bad')], 'Error: oops TypeError: bad'],
  ['errors inside objects', [{ e: new Error('oops') }], '{ e: Error: oops }'],
  ['errors with their own text', [new TcpError('gone')], 'TCP error during read: gone'],
  ['dates', [new Date(0), { d: new Date(0) }], '"1970-01-01T00:00:00.000Z" { d: "1970-01-01T00:00:00.000Z" }'],
  ['an invalid date', [new Date(Number.NaN)], 'Invalid Date'],
  ['typed arrays', [new Uint8Array([1, 2, 3]), new Uint8Array(0)], 'Uint8Array(3) [ 1, 2, 3 ] Uint8Array(0) []'],
  [
    'other typed arrays',
    [new Float64Array([0.5]), new BigInt64Array([7n])],
    'Float64Array(1) [ 0.5 ] BigInt64Array(1) [ 7 ]',
  ],
  ['a Buffer as the Uint8Array it is', [Buffer.from([9])], 'Uint8Array(1) [ 9 ]'],
  [
    'array buffers',
    [new Uint8Array([1, 2]).buffer, new ArrayBuffer(0)],
    'ArrayBuffer { [Uint8Contents]: <01 02>, byteLength: 2 } ArrayBuffer { [Uint8Contents]: <>, byteLength: 0 }',
  ],
  ['maps, sets and regular expressions', [new Map([[1, 2]]), new Set([1]), /x/], '{} {} {}'],
  ['big integers and symbols', [10n, Symbol('s'), { b: 1n, s: Symbol() }], '10 Symbol(s) { b: 1, s: Symbol() }'],
  ['boxed values', [new String('x'), new Number(1)], '"x" 1'],
  ['class instances without their getters', [new Point()], '{ x: 1 }'],
  ['objects without a prototype', [Object.assign(Object.create(null), { a: 1 })], '{ a: 1 }'],
]

describe('console arguments', () => {
  for (const [title, values, text] of rows) {
    it(`print ${title}`, () => assert.equal(formatConsoleArguments(values), text))
  }

  it('survive getters that throw', () => {
    const value = {
      a: 1,
      get b() {
        throw new Error('no')
      },
    }
    assert.equal(formatConsoleArguments([value]), '{ a: 1, b: [threw Error: no] }')
  })

  it('survive errors, proxies and thrown values that resist', () => {
    const error = new Error('x')
    error.toString = () => {
      throw null
    }
    const resisting = {
      toString() {
        throw resisting
      },
    }
    const proxy = new Proxy(
      {},
      {
        ownKeys() {
          throw resisting
        },
      },
    )
    assert.equal(formatConsoleArguments([error]), '[threw null]')
    assert.equal(formatConsoleArguments([{ proxy }]), '{ proxy: [threw something that cannot be shown] }')
  })

  it('survive values nested too deep for the stack', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    assert.match(formatConsoleArguments([deep]), /\[Array\]/)
  })

  it('cut what has more items than a line can bear', () => {
    assert.match(
      formatConsoleArguments([new Uint8Array(200_000)]),
      /^Uint8Array\(200000\) \[ 0, .*0, \.\.\. 100000 more \]$/,
    )
    assert.ok(formatConsoleArguments([new Array(2 ** 32 - 1)]).endsWith('null, ... 4294867295 more ]'))
  })
})

describe('the console of scripts', () => {
  it('has five methods, each with its level, from source console', () => {
    const records: LogRecord[] = []
    const console = createConsole(
      new Log(
        'debug',
        (record) => records.push(record),
        () => 5,
      ),
    )
    assert.deepEqual(Object.keys(console).sort(), ['debug', 'error', 'info', 'log', 'warn'])
    console.log('a', 1)
    console.info('b')
    console.debug('c')
    console.warn('d')
    console.error('e')
    const levels = records.map((record) => `${record.level} ${record.msg}`)
    assert.deepEqual(levels, ['info a 1', 'info b', 'debug c', 'warning d', 'error e'])
    assert.deepEqual(records[0], { level: 'info', msg: 'a 1', fields: { source: 'console' }, time: 5 })
  })

  it('does not look at the arguments of a line that nobody wants', () => {
    const console = createConsole(new Log('info', () => assert.fail('nothing to emit')))
    console.debug({
      get x() {
        return assert.fail('looked')
      },
    })
  })
})
