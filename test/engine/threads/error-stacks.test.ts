/** `error.stack` as scripts read it, and the log's stack of the same error: the same places in the user's files. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../../helpers/run-script.js'

const SHARED = `import { sleep } from 'k6'
function fail(x) {
  if (x > 0) sleep(0.001)
  if (x !== 9) throw new Error('no')
}
`

const CALLERS: readonly (readonly [title: string, source: string, place: string])[] = [
  ['a value', 'function f(x) {\n  const y = fail(x)\n  return y }', 'f (s.js:7:13)'],
  ['a for loop', 'function f(x) {\n  for (let i = x; i < 5; i++) {\n    fail(i) } }', 'f (s.js:8:5)'],
  ['a while loop', 'function f(x) {\n  let i = 2; while (i--) {\n    fail(i ? 9 : x) } }', 'f (s.js:8:5)'],
  ['a loop over values', 'function f(x) {\n  for (const y of [9, x]) {\n    const z = fail(y); z } }', 'f (s.js:8:15)'],
  ['a try', 'function f(x) {\n  try {\n    return fail(x) } finally { x++ } }', 'f (s.js:8:12)'],
  ['a handler', 'function f(x) {\n  try { fail(x) } catch {\n    fail(x) } }', 'f (s.js:8:5)'],
  ['a loop over names', 'function f(x) {\n  for (const y in [1, 2]) {\n    fail(x) } }', 'f (s.js:8:5)'],
]

describe('a stack', () => {
  for (const [title, source, place] of CALLERS) {
    for (const [how, x] of [
      ['before a pause', 0],
      ['after a pause', 1],
    ] as const) {
      it(`names the line in ${title}, ${how}`, async () => {
        const script = `${SHARED}${source}
export default function () {
  try { f(${x}) } catch (e) { console.log(e.stack) }
  f(${x})
}`
        const { console: logged, errors } = await runScript(script, { name: 's.js' })
        const last = script.split('\n').length - 1
        const frames = (call: string): string[] => ['Error: no', 'fail (s.js:4:22)', place, call]
        assert.deepEqual(logged, [frames(`default (s.js:${last - 1}:9)`).join('\n    at ')])
        assert.deepEqual(errors, [frames(`default (s.js:${last}:3)`).join('\n\tat ')])
      })
    }
  }

  it('has the ten innermost frames, however many functions of the compiled program they take', async () => {
    const { console: logged } = await runScript(
      `${SHARED}function odd(n) { for (const x of [1]) even(n - 1) }
function even(n) { if (n === 0) fail(1); while (n) odd(n - 1) }
export default function () { try { even(20) } catch (e) { console.log(e.stack) } }`,
      { name: 's.js' },
    )
    const lines = String(logged[0]).split('\n')
    assert.equal(lines.length, 11)
    assert.deepEqual(lines.slice(3, 5), ['    at odd (s.js:6:40)', '    at even (s.js:7:52)'])
  })

  it('begins with name and message, whatever the error says of itself as text', async () => {
    const { console: logged } = await runScript(`class Mine extends Error {
  name = 'Mine'
  toString() { return 'text with ' + this.stack.length }
}
export default function () {
  const like = { name: 'Like', message: 'an error', toString: () => 'other' }
  Error.captureStackTrace(like)
  for (const error of [new Mine('one'), like]) console.log(error.stack.split('\\n')[0])
}`)
    assert.deepEqual(logged, ['Mine: one', 'Like: an error'])
  })

  for (const x of [0, 1]) {
    it(`has each call of a recursion, ${x === 0 ? 'before' : 'after'} a pause`, async () => {
      const { console: logged } = await runScript(
        `${SHARED}function f(n) { if (n === 0) return fail(${x}); return f(n - 1) }
function h(n) { if (n === 0) fail(${x}); const r = h(n - 1); return r }
export default function () { for (const k of [f, h]) try { k(2) } catch (e) { console.log(e.stack) } }`,
        { name: 's.js' },
      )
      const frames = (...places: string[]): string =>
        ['Error: no', 'fail (s.js:4:22)', ...places, 'default (s.js:8:60)'].join('\n    at ')
      assert.deepEqual(logged, [
        frames('f (s.js:6:37)', 'f (s.js:6:53)', 'f (s.js:6:53)'),
        frames('h (s.js:7:30)', 'h (s.js:7:49)', 'h (s.js:7:49)'),
      ])
    })
  }

  it('of an error that has nothing of the script in it is left alone, and so is one that the script makes itself', async () => {
    const { console: logged } = await runScript(`export default function () {
  const error = new Error('own')
  error.stack = 'mine'
  console.log(error.stack)
  try { JSON.parse('{') } catch (e) { console.log(e.stack.split('\\n').length) }
}`)
    assert.deepEqual(logged, ['mine', '3'])
  })
})
