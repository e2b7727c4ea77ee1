/** `k6/websockets`: exceptions, the end of iterations, interruption, metrics. WSS-39 to WSS-46, WSS-51, WSS-52. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'
import { freePort, runBody, startServer, type TestServer } from './websockets-support.js'

const HEAD =
  "import { WebSocket } from 'k6/websockets'; import { fail, sleep } from 'k6'; import exec from 'k6/execution'"

describe('the life of a k6/websockets socket', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server.close())

  for (const event of ['open', 'message'] as const) {
    it(`WSS-39 an exception in ${event}: error and close events, then the iteration fails; later listeners are not called`, async () => {
      const result = await runBody(
        server,
        `const ws = new WebSocket(URL)
        ws.addEventListener('open', () => ws.send('x'))
        ws.on${event} = () => { throw new Error('boom') }
        ws.addEventListener('${event}', () => log('later listener'))
        ws.onerror = ({ error }) => log('error', error)
        ws.onclose = (event) => log('close', 'code' in event, event.reason === '')`,
      )
      assert.deepEqual(result.console, ['error Error: boom', 'close false true'])
      assert.match(result.errors[0] as string, /^Error: boom\n\tat /)
      assert.equal(result.errors.length, 1)
    })
  }

  it('WSS-39 an exception in the other listeners fails the iteration at once', async () => {
    server.events.length = 0
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => ws.ping()
      ws.onpong = () => fail('enough')
      ws.onclose = ({ code }) => log('close', code)`,
      { head: HEAD },
    )
    assert.deepEqual(result.console, ['close 1000'])
    assert.match(result.errors[0] as string, /enough/)
    assert.equal(server.events.at(-1), 'close 1000')
  })

  it('WSS-40 an iteration that fails elsewhere closes its sockets with 1000 and runs their close handlers', async () => {
    server.events.length = 0
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => setTimeout(() => { throw new Error('elsewhere') }, 20)
      ws.onclose = ({ code }) => { log('close', code); new WebSocket(URL).onclose = () => log('a socket of the wind-down') }`,
    )
    assert.deepEqual(result.console, ['close 1000'])
    assert.equal(result.errors.length, 1)
    assert.deepEqual(server.events, ['close 1000'])
    assert.equal(result.summary.metrics['ws_session_duration'], undefined)
    assert.equal(result.summary.metrics['iterations']?.['count'], 1)
  })

  it('WSS-40 a socket that is still connecting is cancelled: error and close, no metrics', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onerror = ({ error }) => log('error', error)
      ws.onclose = (event) => log('close', 'code' in event)
      throw new Error('at once')`,
    )
    assert.deepEqual(result.console, [`error dial tcp 127.0.0.1:${server.port}: operation was canceled`, 'close false'])
    assert.equal(result.summary.metrics['ws_sessions'], undefined)
  })

  it('WSS-41 an interrupted iteration sends close 1000 and runs no handler', async () => {
    server.events.length = 0
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => log('open')
      ws.onclose = ws.onerror = () => log('never')`,
      {
        scriptOptions:
          "{ scenarios: { short: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } }",
      },
    )
    assert.deepEqual(result.console, ['open'])
    assert.deepEqual(result.errors, [])
    assert.deepEqual(server.events, ['close 1000'])
    const { metrics } = result.summary
    assert.equal(metrics['ws_session_duration'], undefined)
    assert.equal(metrics['iterations'], undefined)
    assert.equal(metrics['ws_sessions']?.['count'], 1)
  })

  it('WSS-42 a server that never answers a close frame does not keep the test from ending', async () => {
    const startedAt = Date.now()
    const interrupted = await runBody(
      server,
      `const ws = new WebSocket(URL + '/stubborn')
      ws.onopen = () => ws.close()
      ws.onclose = () => log('never')`,
      {
        scriptOptions:
          "{ scenarios: { short: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } }",
      },
    )
    assert.deepEqual(interrupted.console, [])
    const failed = await runBody(
      server,
      `const ws = new WebSocket(URL + '/stubborn')
      ws.onopen = () => setTimeout(() => { throw new Error('elsewhere') }, 1)
      ws.onclose = (event) => log('close', event.wasClean)`,
    )
    assert.deepEqual(failed.console, ['close false'])
    assert.ok(Date.now() - startedAt < 25_000)
  })

  it('WSS-43 the tags url and name are the URL; a name of the user sets both', async () => {
    const result = await runBody(
      server,
      `const used = (ws) => new Promise((done) => { ws.onopen = () => ws.close(); ws.onclose = done })
      await used(new WebSocket(URL + '/a'))
      await used(new WebSocket(URL + '/b', null, { tags: { name: 'mine', url: 'ignored', status: 'ignored', kind: 1 } }))`,
      { samples: true },
    )
    const tags = result.samples.filter(({ metric }) => metric === 'ws_sessions').map((sample) => sample.tags)
    assert.equal(tags[0]?.['url'], `${server.url}/a`)
    assert.equal(tags[0]?.['name'], `${server.url}/a`)
    assert.equal(tags[0]?.['status'], '101')
    assert.equal(tags[0]?.['subproto'], '')
    assert.equal(tags[1]?.['url'], 'mine')
    assert.equal(tags[1]?.['name'], 'mine')
    assert.equal(tags[1]?.['status'], '101')
    assert.equal(tags[1]?.['kind'], '1')
  })

  it('WSS-43 system tags that are switched off are not set', async () => {
    const result = await runBody(server, 'const ws = new WebSocket(URL); ws.onopen = () => ws.close()', {
      samples: true,
      scriptOptions: "{ iterations: 1, systemTags: ['ip', 'scenario'] }",
    })
    const { tags } = result.samples.find(({ metric }) => metric === 'ws_sessions') as (typeof result.samples)[number]
    assert.deepEqual(tags, { ip: '127.0.0.1', scenario: 'default' })
  })

  it('listeners and timers run in the group in which their socket or they were made', async () => {
    const { console } = await runBody(
      server,
      `const group = () => exec.vu.metrics.tags.group
      const ws = grouped('outer', () => {
        setTimeout(() => log('timer', group()), 1)
        return new WebSocket(URL + '/')
      })
      ws.onopen = () => { log('open', group()); grouped('inner', () => { ws.send('x'); log('inside', group()) }) }
      ws.addEventListener('message', () => { log('message', group()); ws.close() })
      await new Promise((done) => { ws.onclose = () => { log('close', group()); done() } })
      log('after', JSON.stringify(group()))`,
      { head: "import exec from 'k6/execution'; import { group as grouped } from 'k6'" },
    )
    assert.deepEqual(console.toSorted(), [
      'after ""',
      'close ::outer',
      'inside ::outer::inner',
      'message ::outer',
      'open ::outer',
      'timer ::outer',
    ])
  })

  it('WSS-44 failed connections count as sessions without a duration; the reason is measured', async () => {
    const port = await freePort()
    const result = await runBody(
      server,
      `new WebSocket('ws://127.0.0.1:${port}/')
      new WebSocket(URL + '/status/503')`,
      { samples: true },
    )
    const { metrics } = result.summary
    assert.equal(metrics['ws_sessions']?.['count'], 2)
    assert.ok(metrics['ws_connecting'] !== undefined)
    assert.equal(metrics['ws_session_duration'], undefined)
    const failures = result.samples
      .filter(({ metric }) => metric === 'ws_handshake_failures')
      .map(({ value, tags }) => [value, tags['reason'], tags['status']])
    assert.deepEqual(failures.sort(), [
      [1, 'refused', undefined],
      [1, 'status', '503'],
    ])
  })

  it('WSS-45 ws_msgs_sent counts messages, pings and the close frame', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => { ws.send('grüße'); ws.send(new Uint8Array(3)); ws.ping() }
      ws.onpong = () => ws.close()`,
      { samples: true },
    )
    const { metrics } = result.summary
    assert.equal(metrics['ws_msgs_sent']?.['count'], 4)
    assert.equal(metrics['ws_msgs_received']?.['count'], 2)
    assert.equal(metrics['ws_data_sent']?.['count'], 10)
    assert.equal(metrics['ws_data_received']?.['count'], 10)
    assert.ok((metrics['data_sent']?.['count'] as number) > 100)
    const closes = result.samples.filter(({ metric }) => metric === 'ws_closes')
    assert.deepEqual(
      closes.map(({ value, tags }) => [value, tags['close_code']]),
      [[1, '1000']],
    )
    const open = result.samples.filter(({ metric }) => metric === 'ws_sockets_open').map(({ value }) => value)
    // The main thread repeats the last value.
    assert.deepEqual(
      open.filter((value, i) => value !== open[i - 1]),
      [1, 0],
    )
  })

  it('WSS-46 the iteration lasts until the close event of every socket', async () => {
    const result = await runBody(
      server,
      `const startedAt = Date.now()
      for (let i = 0; i < 3; i++) {
        const ws = new WebSocket(URL)
        ws.onopen = () => setTimeout(() => ws.close(), 100 * (i + 1))
        ws.onclose = () => log(Date.now() - startedAt >= 100 * (i + 1))
      }`,
    )
    assert.deepEqual(result.console, ['true', 'true', 'true'])
    assert.ok((result.summary.metrics['iteration_duration']?.['min'] as number) >= 300)
  })

  it('WSS-46 sockets opened in setup and teardown work and hold them', async () => {
    const result = await runScript(
      `import { WebSocket } from 'k6/websockets'
      export const options = { iterations: 1 }
      const ask = (text) => new Promise((done) => {
        const ws = new WebSocket('${server.url}')
        ws.onopen = () => ws.send(text)
        ws.onmessage = ({ data }) => { ws.close(); done(data) }
      })
      export async function setup() { return { answer: await ask('setup') } }
      export default async function (data) { console.log(data.answer, await ask('default')) }
      export async function teardown(data) { console.log(data.answer, await ask('teardown')) }`,
      { name: 'script.js' },
    )
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, ['setup default', 'setup teardown'])
  })

  it('WSS-51 new WebSocket in the init context throws', async () => {
    const result = await runScript(
      `import { WebSocket } from 'k6/websockets'
      new WebSocket('ws://127.0.0.1:1')
      export default function () {}`,
      { name: 'script.js' },
    )
    assert.match(result.errors[0] as string, /GoError: using websockets in the init context is not supported/)
    assert.equal(result.exitCode, 107)
  })

  it('WSS-52 the throw option changes nothing', async () => {
    const port = await freePort()
    const result = await runBody(null, `new WebSocket('ws://127.0.0.1:${port}/').onerror = ({ type }) => log(type)`, {
      scriptOptions: '{ iterations: 1, throw: true }',
    })
    assert.deepEqual(result.console, ['error'])
    assert.deepEqual(result.errors, [])
  })

  it('exec.test.abort() in a listener ends the test with 108', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => exec.test.abort('seen enough')`,
      { head: HEAD },
    )
    assert.equal(result.exitCode, 108)
  })

  it('what promises do after one message is done before the next, also when both came together', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => { for (let i = 0; i < 50; i++) ws.send(String(i)) }
      let expected = 0
      ws.onmessage = async ({ data }) => {
        await null
        await null
        if (Number(data) !== expected++) log('out of order', data)
        seen = data
        await null
        if (seen !== data) log('overtaken by', seen)
        if (data === '49') { log('done'); ws.close() }
      }
      let seen`,
    )
    assert.deepEqual(result.console, ['done'])
  })
})
