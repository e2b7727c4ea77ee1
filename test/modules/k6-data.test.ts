import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { arrayView } from '../../src/modules/k6-data/array-view.js'
import { SharedData } from '../../src/modules/k6-data/shared-data.js'
import { runScript } from '../helpers/run-script.js'

const THROWS = `const thrown = (f) => { try { f(); console.log('nothing') } catch (e) { console.log(e.name + '|' + e.message) } }`

describe('SharedArray', () => {
  it('runs its function once, whatever the number of VUs and shards; all VUs read the same', async () => {
    const result = await runScript(
      `
      import { SharedArray } from 'k6/data'
      import exec from 'k6/execution'
      export const options = { vus: 6, iterations: 6 }
      const data = new SharedArray('users', () => {
        console.log('made by ' + __VU)
        return JSON.parse(open('users.json')).map((name, id) => ({ id, name }))
      })
      const again = new SharedArray('users', () => { throw new Error('never called') })
      export function setup() { return data[0].name }
      export default function (first) {
        console.log([first, data.length, data[1].name, again[1].id, again === data].join())
      }
      export function teardown() { console.log('teardown ' + data[1].name) }
      export const handleSummary = () => ({ stdout: 'summary ' + data[0].name })`,
      { name: 'script.js', files: { 'users.json': '["Ann","Zoë"]' }, flags: ['--shards', '3'] },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(
      result.console.filter((line) => line.startsWith('made')),
      ['made by 0'],
    )
    assert.deepEqual(result.console.slice(1), [...Array(6).fill('Ann,2,Zoë,1,false'), 'teardown Zoë'])
    assert.match(result.stdout, /summary Ann/)
  })

  it('that only VUs make is made once per shard', async () => {
    const { console } = await runScript(
      `
      import { SharedArray } from 'k6/data'
      export const options = { vus: 6, iterations: 6 }
      const data = __VU === 0 ? [] : new SharedArray('late', () => { console.log('made'); return [7] })
      export default function () { console.log(data[0]) }`,
      { name: 'script.js', flags: ['--shards', '2'] },
    )
    assert.equal(console.filter((line) => line === 'made').length, 2)
    assert.equal(console.filter((line) => line === '7').length, 6)
  })

  it('gives a fresh copy at each read, frozen all the way down', async () => {
    const { console } = await runScript(
      `
      'use strict'
      import { SharedArray } from 'k6/data'
      const data = new SharedArray('d', () => [{ deep: [{ a: 1 }] }])
      ${THROWS}
      export default function () {
        console.log(data[0] === data[0], Object.isFrozen(data[0]), Object.isFrozen(data[0].deep[0]))
        thrown(() => { data[0].deep[0].a = 2 })
        console.log(JSON.stringify(data))
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(console, [
      'false true true',
      "TypeError|Cannot assign to read only property 'a' of object '#<Object>'",
      '[{"deep":[{"a":1}]}]',
    ])
  })

  it('refuses to be changed', async () => {
    const changes = [
      'data[0] = 1',
      'data[9] = 1',
      'data.length = 0',
      'data.push(4)',
      'data.pop()',
      'data.sort()',
      'delete data[0]',
      'data.name = 1',
      "Object.defineProperty(data, '0', { value: 1 })",
      'Object.setPrototypeOf(data, null)',
      'Object.freeze(data)',
    ]
    const { console } = await runScript(
      `
      import { SharedArray } from 'k6/data'
      const data = new SharedArray('d', () => [3, 1, 2])
      ${THROWS}
      export default function () {
        ${changes.map((change) => `thrown(() => { ${change} })`).join('\n')}
        console.log(data.join())
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(console, [...Array(changes.length).fill('TypeError|SharedArray is immutable'), '3,1,2'])
  })

  it('says in k6’s words what is wrong with its arguments', async () => {
    const { console } = await runScript(
      `
      import { SharedArray } from 'k6/data'
      ${THROWS}
      thrown(() => new SharedArray())
      thrown(() => new SharedArray('', () => []))
      thrown(() => new SharedArray('a'))
      thrown(() => new SharedArray('a', [1]))
      thrown(() => new SharedArray('a', async () => []))
      thrown(() => new SharedArray('a', () => ({ length: 1 })))
      thrown(() => new SharedArray('a', () => { throw new RangeError('mine') }))
      export default function () {}`,
      { name: 'script.js' },
    )
    const EXPECTED = [
      "GoError|empty name provided to SharedArray's constructor",
      "GoError|empty name provided to SharedArray's constructor",
      "GoError|a function is expected as the second argument of SharedArray's constructor",
      "GoError|a function is expected as the second argument of SharedArray's constructor",
      'GoError|SharedArray constructor does not support async functions as second argument',
      'GoError|only arrays can be made into SharedArray',
      'RangeError|mine',
    ]
    assert.deepEqual(console.slice(0, EXPECTED.length), EXPECTED)
  })

  it('is for the init code only', async () => {
    const { console } = await runScript(
      `
      import { SharedArray } from 'k6/data'
      ${THROWS}
      export function setup() { thrown(() => new SharedArray('a', () => [])) }
      export default function () { thrown(() => new SharedArray('a', () => [])) }`,
      { name: 'script.js' },
    )
    assert.deepEqual(console, Array(2).fill('GoError|new SharedArray must be called in the init context'))
  })
})

describe('a SharedArray as an array', () => {
  const view = (elements: unknown[]) => arrayView(SharedData.of(elements))

  it('reads like the array it was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (elements) => {
        const plain = JSON.parse(JSON.stringify(elements))
        const shared = view(elements)
        assert.ok(Array.isArray(shared))
        assert.equal(shared.length, plain.length)
        assert.deepEqual([...shared], plain)
        assert.deepEqual(
          shared.map((element) => element),
          plain,
        )
        assert.equal(JSON.stringify(shared), JSON.stringify(plain))
        assert.deepEqual(Object.keys(shared), Object.keys(plain))
        assert.deepEqual(Object.entries(shared), Object.entries(plain))
        assert.equal(shared.at(-1) === undefined, plain.length === 0)
      }),
    )
  })

  it('has the methods that read', () => {
    const shared = view(['a', 'b', 'c'])
    assert.deepEqual(shared.slice(1), ['b', 'c'])
    assert.deepEqual(
      shared.filter((text) => text !== 'b'),
      ['a', 'c'],
    )
    assert.equal(shared.indexOf('c'), 2)
    assert.equal(shared.includes('d'), false)
    assert.deepEqual(shared.concat(['d']), ['a', 'b', 'c', 'd'])
    assert.equal(
      shared.reduce((all, text) => `${all}${text}`, ''),
      'abc',
    )
    assert.deepEqual([...shared.entries()][1], [1, 'b'])
  })

  it('has nothing beyond its ends, and no element under keys that only look like an index', () => {
    const shared = view(['a', undefined]) as unknown as Record<string, unknown>
    for (const key of ['1', '2', '-1', '1.5', '00', '0x0', '4294967295', '1e0']) assert.equal(shared[key], undefined)
    assert.ok('0' in shared && '1' in shared && !('2' in shared))
    assert.deepEqual(Object.getOwnPropertyDescriptor(shared, '0'), {
      value: 'a',
      writable: false,
      enumerable: true,
      configurable: true,
    })
  })

  it('lies in shared memory, from which another thread reads it', () => {
    const data = SharedData.of([{ a: 'ä' }, 'two'])
    assert.ok(data.buffer instanceof SharedArrayBuffer)
    const elsewhere = new SharedData(structuredClone(data.buffer))
    assert.deepEqual([elsewhere.length, elsewhere.read(0), elsewhere.read(1)], [2, { a: 'ä' }, 'two'])
  })
})
