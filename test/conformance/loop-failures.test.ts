import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript, type ScriptResult } from '../helpers/run-script.js'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer, scriptedServer } from '../helpers/tcp-server.js'

const TWICE = 'export const options = { iterations: 2 }'
const iterations = ({ summary }: ScriptResult): number => summary.metrics['iterations']?.['count'] ?? 0

describe('the end of an iteration', () => {
  it('LOOP-09 a promise that is never settled does not keep it; it counts as completed, and is told to have failed', async () => {
    const result = await runScript(`
      ${TWICE}
      export default async function () { await new Promise(() => {}); console.log('never') }`)
    assert.equal(result.exitCode, 0)
    assert.equal(iterations(result), 2)
    assert.deepEqual(result.console, [])
    assert.equal(result.errors.length, 2)
    for (const error of result.errors) assert.match(error, /^default\(\) never came to its end/)
    assert.equal(result.summary.metrics['iterations_failed']?.['count'], 2)
    assert.ok((result.summary.metrics['iteration_duration']?.['max'] ?? Infinity) < 5000)
  })

  it('LOOP-10 an exception is logged with its stack, the iteration counts, the next one runs, the exit code stays 0', async () => {
    const result = await runScript(
      `${TWICE}
function inner() { throw new Error('boom') }
export default function () { inner() }`,
      { name: 'my-script.ts' },
    )
    assert.equal(result.exitCode, 0)
    assert.equal(iterations(result), 2)
    assert.equal(result.summary.metrics['iteration_duration'] !== undefined, true)
    assert.equal(result.errors.length, 2)
    assert.equal(result.errors[0], 'Error: boom\n\tat inner (my-script.ts:2:26)\n\tat default (my-script.ts:3:30)')
    const line = result.log.find(({ level }) => level === 'error')
    assert.equal(line?.['source'], 'stacktrace')
    assert.equal(line?.['hint'], 'script exception')
    assert.equal(line?.['executor'], 'shared-iterations')
    assert.equal(line?.['scenario'], 'default')
  })

  it('LOOP-10 so it is for exceptions of timers', async () => {
    const result = await runScript(`
      ${TWICE}
      export default function () { setTimeout(() => { throw new TypeError('late') }, 5) }`)
    assert.equal(result.exitCode, 0)
    assert.equal(iterations(result), 2)
    assert.match(result.errors[0] as string, /^TypeError: late\n\tat script\.ts:3:61$/)
  })

  it('LOOP-10 so it is for exceptions of jobs and of listeners that Node calls; the shard goes on', async () => {
    const result = await runScript(`
      import { sleep } from 'k6'
      export const options = { iterations: 4 }
      export default function () {
        const target = new EventTarget()
        target.addEventListener('x', () => { throw new RangeError('in a listener') })
        if (__ITER === 0) queueMicrotask(() => { throw new TypeError('in a job') })
        if (__ITER === 1) target.dispatchEvent(new Event('x'))
        if (__ITER === 2) queueMicrotask(() => { throw 'text' })
        sleep(0.01)
        console.log('after the pause of', __ITER)
      }`)
    assert.equal(result.exitCode, 0)
    assert.equal(iterations(result), 4)
    assert.deepEqual(
      result.console.map((text) => text.at(-1)),
      ['0', '1', '2', '3'],
    )
    assert.match(result.errors[0] as string, /^TypeError: in a job\n\tat script\.ts:7:56$/m)
    assert.match(
      result.errors[1] as string,
      /^RangeError: in a listener\n\tat .*script\.ts:6:52\)\n\tat default \(script\.ts:8:34\)$/,
    )
    assert.match(result.errors[2] as string, /^text\n\tat .*script\.ts:9:/)
    assert.equal(result.errors.length, 3)
  })

  it('LOOP-10 a stack that the script reads has its own positions, also after a pause and in an error that is thrown on', async () => {
    const result = await runScript(
      `import { group, sleep } from 'k6'
function pausing() { sleep(0.001); throw new Error('boom') }
function plain() { return new Error('made') }
export default function () {
  try { group('g', () => pausing()) } catch (error) {
    console.log(error.stack)
    console.log(plain().stack)
    throw error
  }
}`,
      { name: 'my-script.ts' },
    )
    const at = ['pausing (my-script.ts:2:42)', 'my-script.ts:5:26', 'default (my-script.ts:5:9)']
    assert.deepEqual(result.console, [
      ['Error: boom', ...at].join('\n    at '),
      ['Error: made', 'plain (my-script.ts:3:27)', 'default (my-script.ts:7:17)'].join('\n    at '),
    ])
    assert.equal(result.errors[0], ['Error: boom', ...at].join('\n\tat '))
  })

  it('LOOP-10 an anonymous default function is called default, whatever the name of its file', async () => {
    for (const name of ['01-login.js', 'a-b.test.js', '9.js', '_x.js']) {
      const { errors } = await runScript(`export default () => { throw new Error('boom') }`, { name })
      assert.deepEqual(errors, [`Error: boom\n\tat default (${name}:1:30)`])
    }
  })

  it('LOOP-11 a rejection during a pause is judged after it: what follows the pause may still handle it', async () => {
    const result = await runScript(`
      import { sleep } from 'k6'
      ${TWICE}
      const log = (error) => console.log(error.message)
      export default async function () {
        try { const early = (async () => { throw new Error('early') })(); sleep(0.01); sleep(0.01); await early } catch (error) { log(error) }
        const late = Promise.reject(new Error('late'))
        sleep(0.01)
        await null
        late.catch(log)
        if (__ITER === 0) return
        const never = Promise.reject(new Error('never'))
        sleep(0.01)
        setTimeout(() => never.catch(log), 20)
      }`)
    assert.deepEqual(result.console, ['early', 'late', 'early', 'late'])
    assert.equal(result.errors.length, 1)
    assert.match(result.errors[0] as string, /^Uncaught \(in promise\) Error: never\n/)
    assert.equal(iterations(result), 2)
  })

  it('LOOP-11 a rejected async function is logged as uncaught', async () => {
    const result = await runScript(`
      ${TWICE}
      export default async function () { await null; throw new Error('boom') }`)
    assert.equal(result.exitCode, 0)
    assert.equal(iterations(result), 2)
    assert.match(result.errors[0] as string, /^Uncaught \(in promise\) Error: boom\n\tat .*script\.ts:3:60/)
    const line = result.log.find(({ level }) => level === 'error')
    assert.equal(line?.['executor'], 'shared-iterations')
    assert.equal(line?.['scenario'], 'default')
  })

  const THROWN: readonly (readonly [string, string])[] = [
    ["'text'", 'text'],
    ['{ a: 1 }', '{ a: 1 }'],
    ["{ toString: () => 'own text' }", 'own text'],
    ['null', 'null'],
    ['undefined', 'undefined'],
    ['42', '42'],
    ["Symbol('s')", 'Symbol(s)'],
    ['Object.create(null)', '{}'],
  ]
  for (const [value, text] of THROWN) {
    it(`LOOP-12 throw ${value} is logged as ${text}, with its place`, async () => {
      const sync = await runScript(`export default function () { throw ${value} }`, { name: 's.js' })
      assert.deepEqual(sync.errors, [`${text}\n\tat default (s.js:1:30)`])
      assert.equal(iterations(sync), 1)
      const late = await runScript(`export default async function () { throw ${value} }`, { name: 's.js' })
      assert.deepEqual(late.errors, [`Uncaught (in promise) ${text}\n\tat default (s.js:1:36)`])
      assert.equal(iterations(late), 1)
      assert.equal(late.exitCode, 0)
    })
  }

  it('LOOP-13 a rejection that is handled in the same turn is fine', async () => {
    const result = await runScript(`
      export default async function () {
        const rejected = Promise.reject(new Error('handled'))
        await null
        await Promise.resolve().then(() => {}).then(() => {})
        rejected.catch((error) => console.log(error.message))
      }`)
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, ['handled'])
  })

  it('LOOP-13 a rejection that is handled in a later task fails the iteration', async () => {
    const result = await runScript(`
      export default async function () {
        const rejected = Promise.reject(new Error('too late'))
        setTimeout(() => rejected.catch(() => {}), 10)
      }`)
    assert.equal(result.errors.length, 1)
    assert.match(result.errors[0] as string, /^Uncaught \(in promise\) Error: too late/)
  })

  it('one of several unhandled rejections is reported', async () => {
    const result = await runScript(`
      export default async function () { for (const n of [1, 2, 3]) Promise.reject(new Error('number ' + n)) }`)
    assert.equal(result.errors.length, 1)
    assert.match(result.errors[0] as string, /^Uncaught \(in promise\) Error: number [123]/)
  })

  it('LOOP-14 after a failure pending timers are cancelled with a warning each and never fire', async () => {
    const result = await runScript(`
      export default function () {
        setTimeout(() => console.log('fired'), 20)
        setInterval(() => console.log('ticked'), 20)
        throw new Error('boom')
      }`)
    assert.deepEqual(result.console, [])
    assert.deepEqual([...result.warnings].sort(), [
      'setInterval 2 was stopped because the VU iteration was interrupted',
      'setTimeout 1 was stopped because the VU iteration was interrupted',
    ])
  })

  it('LOOP-15 after a failure the next iteration begins clean: no timers, listeners or sockets of the last', async () => {
    await using server = await scriptedServer(({ socket }) => {
      setTimeout(() => socket.write('late data'), 60)
    })
    const result = await runTcpScript(
      `
      if (__ITER === 0) {
        const s = await open()
        s.on('data', () => console.log('stale data'))
        setTimeout(() => console.log('stale timer'), 50)
        Promise.reject(new Error('boom'))
        return
      }
      await pause(150)
      report('second', true)`,
      { port: server.port, options: { iterations: 2 } },
    )
    assert.equal(result.reported['second'], true)
    assert.equal(iterations(result), 2)
    assert.ok(!result.console.some((line) => line.startsWith('stale')))
    assert.equal(server.clients.length, 1)
    await (await server.client(0)).gone
  })

  it('LOOP-16 a blocking sleep loses no socket data; it is delivered after', async () => {
    await using server = await echoServer()
    const { reported } = await runTcpScript(
      `
      const s = await open()
      const order = []
      let got = ''
      s.on('data', (data) => { order.push('data'); got += text(data); if (got.length === 10) s.destroy() })
      const closed = closing(s)
      await s.write('hello')
      sleep(0.3)
      order.push('slept')
      report('read', s.bytes_read)
      await s.write('again')
      await closed
      report('order', order)
      report('got', got)`,
      { port: server.port },
    )
    assert.equal(reported['order'][0], 'slept')
    assert.equal(reported['read'], 5)
    assert.equal(reported['got'], 'helloagain')
  })
})
