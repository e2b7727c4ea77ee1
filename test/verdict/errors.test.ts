import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RunScriptOptions, runScript } from '../helpers/run-script.js'

const run = (source: string, options: RunScriptOptions = {}) => runScript(source, { name: 'script.js', ...options })

interface WithErrors {
  readonly errors: readonly { message: string; count: number; scenario: string; place: string }[]
  readonly other_errors: number
}

const MANY = `export const options = { scenarios: {
  a: { executor: 'per-vu-iterations', iterations: 40, exec: 'a' },
  b: { executor: 'per-vu-iterations', iterations: 12, exec: 'b' },
} }
export function a() { throw new Error('no answer to ' + __ITER) }
export function b() { throw new TypeError('kind ' + 'abcdefghijkl'[__ITER]) }
`

describe('the errors of a run', () => {
  it('are counted by kind, scenario and place: in the summary, the export and the data of handleSummary', async () => {
    const { summary, stdout } = await run(MANY)
    const { errors, other_errors } = summary as unknown as WithErrors
    assert.equal(errors.length, 10)
    assert.equal(other_errors, 3)
    assert.deepEqual(errors[0], {
      message: 'Error: no answer to 0',
      scenario: 'a',
      place: 'script.js:5:29',
      count: 40,
    })
    assert.equal(errors[1]?.place, 'script.js:6:29')
    assert.match(
      stdout,
      /█ ERRORS \n\n {4}40 {2}Error: no answer to 0\n {8}a, script.js:5:29\n {5}1 {2}TypeError: kind/,
    )
    assert.match(stdout, /\n {4}and 3 more of other kinds\n/)
    const own = await run(`${MANY}
      export function handleSummary({ errors, other_errors }) { return { stdout: JSON.stringify([errors[0].count, other_errors]) } }`)
    assert.ok(own.stdout.endsWith('[40,3]'))
  })

  it('are folded in the log: the first ones whole, then a count', async () => {
    const { log } = await run(MANY)
    const lines = log.filter(({ msg }) => msg.startsWith('Error: no answer'))
    const counted = lines.filter(({ count }) => count !== undefined)
    assert.equal(lines.length - counted.length, 5)
    assert.equal(
      counted.reduce((sum, { count }) => sum + Number(count), 0),
      35,
    )
  })

  it('are all in the log with --log-every', async () => {
    const { log } = await run(MANY, { flags: ['--log-every'] })
    assert.equal(log.filter(({ msg }) => msg.startsWith('Error: no answer')).length, 40)
    assert.ok(log.every(({ count }) => count === undefined))
  })

  it('are those of connections too, and not what is mere advice', async () => {
    const { summary } = await run(`import ws from 'k6/ws'
      import { sleep } from 'k6'
      export default function () { sleep(-1); console.error('own'); ws.connect('ws://127.0.0.1:1', {}, () => {}) }`)
    const { errors } = summary as unknown as WithErrors
    assert.deepEqual(
      errors.map(({ message }) => message),
      ['Attempt to establish a WebSocket connection failed: dial tcp 127.0.0.1:1: connect: connection refused'],
    )
    assert.equal(errors[0]?.scenario, 'default')
  })

  it('have the place of the call when a module reports them and the script goes on', async () => {
    const { summary } = await run(`import http from 'k6/http'
import ws from 'k6/ws'
import { WebSocket } from 'k6/websockets'
import { Socket } from 'k6/x/tcp'
export default async function () {
  http.get('http://127.0.0.1:1/')
  ws.connect('ws://127.0.0.1:1', {}, () => {})
  new WebSocket('ws://127.0.0.1:1')
  new WebSocket('ws://127.0.0.1:1')
  await new Socket().connect(1, '127.0.0.1').catch(() => {})
  await new Socket().connect('none').catch(() => {})
}`)
    const { errors } = summary as unknown as WithErrors
    const told = errors.map(({ message, place, count }) => `${place} ${count} ${message.replace(/:.*/, '')}`)
    assert.deepEqual(told.sort(), [
      'script.js:10:22 1 Handling TCP error',
      'script.js:11:22 1 Handling TCP error',
      'script.js:6:8 1 Request Failed',
      'script.js:7:6 1 Attempt to establish a WebSocket connection failed',
      'script.js:8:3 1 WebSocketError',
      'script.js:9:3 1 WebSocketError',
    ])
  })

  it('leave what the script prints alone', async () => {
    const { console } = await run(`export const options = { iterations: 30 }
      export default function () { console.error('the same') }`)
    assert.equal(console.length, 30)
  })
})

describe('a thrown value', () => {
  const VALUES: readonly (readonly [string, string])[] = [
    [`'plain string'`, 'plain string'],
    ['42', '42'],
    ['{ code: 7, inner: [1, "x"] }', '{ code: 7, inner: [ 1, "x" ] }'],
    ['undefined', 'undefined'],
    ['null', 'null'],
    [`Object.create(null)`, '{}'],
    ['Symbol.iterator', 'Symbol(Symbol.iterator)'],
  ]
  for (const [code, text] of VALUES) {
    it(`is shown as what it is, with the place of the throw: ${code}`, async () => {
      const { errors } = await run(`const value = ${code}\nexport default function () {\n  throw value\n}`)
      assert.deepEqual(errors, [`${text}\n\tat default (script.js:3:3)`])
    })
  }

  it('in an async function has its place too', async () => {
    const { errors } = await run(`export default async function () {\n  await null\n  throw { code: 7 }\n}`)
    assert.deepEqual(errors, ['Uncaught (in promise) { code: 7 }\n\tat default (script.js:3:3)'])
  })

  it('in a function that may block is caught as before', async () => {
    const { console } = await run(`import { sleep } from 'k6'
      function f() { sleep(0.001); throw 'x' }
      export default function () { try { f() } catch (error) { console.log(error) } }`)
    assert.deepEqual(console, ['x'])
  })
})

describe('exec.test.abort()', () => {
  it('says where it was called', async () => {
    const { exitCode, log } = await run(`import exec from 'k6/execution'
function stop() {
  exec.test.abort('enough')
}
export default function () { stop() }`)
    assert.equal(exitCode, 108)
    const line = log.find(({ msg }) => msg === 'test aborted: enough')
    assert.equal(line?.['hint'], 'exec.test.abort() was called at stop (script.js:3:13)')
  })

  it('says so in the init code too', async () => {
    const { exitCode, log } = await run(`import exec from 'k6/execution'
exec.test.abort()
export default function () {}`)
    assert.equal(exitCode, 108)
    assert.match(String(log.find(({ msg }) => msg === 'test aborted')?.['hint']), /script.js:2:11/)
  })
})
