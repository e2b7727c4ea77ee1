import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer, refusedPort, scriptedServer } from '../helpers/tcp-server.js'

const EXCHANGE = `
  const received = new Promise((resolve) => s.on('data', resolve))
  await s.write('hello')
  await received
  s.destroy()`

describe('k6/x/tcp: metrics', () => {
  it('TCP-72 one connect, write, read and destroy is one sample of each metric', async () => {
    await using server = await echoServer()
    const { tcpCounts, samplesOf, summary } = await runTcpScript(
      `
      const s = await open()
      await pause(30)
      ${EXCHANGE}`,
      { port: server.port, samples: true },
    )
    const metrics = ['socket_resolving', 'socket_connecting', 'sockets', 'writes', 'reads', 'socket_duration']
    assert.deepEqual(tcpCounts, Object.fromEntries(metrics.map((name) => [`tcp_${name}`, 1])))
    assert.ok(samplesOf('tcp_socket_duration')[0]!.value >= 30)
    assert.equal(summary.metrics['data_sent']?.['count'], 5)
    assert.equal(summary.metrics['data_received']?.['count'], 5)
  })

  it('TCP-73 TCP-74 TCP-75 a connect that fails is measured as far as it came', async () => {
    const { tcpCounts, samplesOf } = await runTcpScript(
      `
      const attempt = (step, ...args) => new Socket({ tags: { step } }).connect(...args).catch(() => {})
      await attempt('refused', PORT, HOST)
      await attempt('blocked', PORT, 'blocked.test')
      await attempt('invalid', true)`,
      { port: await refusedPort(), samples: true, options: { blockHostnames: ['blocked.test'] } },
    )
    const stepsOf = (metric: string) => samplesOf(metric).map(({ tags }) => tags['step'])
    assert.deepEqual(stepsOf('tcp_socket_resolving'), ['refused', 'blocked'])
    assert.deepEqual(stepsOf('tcp_socket_connecting'), ['refused'])
    assert.deepEqual(stepsOf('tcp_errors'), ['refused', 'blocked', 'invalid'])
    assert.deepEqual(tcpCounts, { tcp_socket_resolving: 2, tcp_socket_connecting: 1, tcp_errors: 3 })
    const [refused, blocked, invalid] = samplesOf('tcp_errors')
    assert.equal(refused?.tags['ip'], '127.0.0.1')
    assert.equal(blocked?.tags['host'], 'blocked.test')
    assert.equal(blocked?.tags['ip'], undefined)
    assert.deepEqual(
      [invalid?.tags['host'], invalid?.tags['port'], invalid?.tags['proto']],
      [undefined, undefined, 'TCP'],
    )
  })

  it('TCP-83 a threshold on errors with proto:TCP sees read errors', async () => {
    await using server = await scriptedServer(({ socket }) => socket.on('data', () => socket.resetAndDestroy()))
    const { samplesOf } = await runTcpScript(
      `
      const s = await open()
      s.on('error', () => {})
      const closed = closing(s)
      await s.write('x')
      await closed`,
      {
        port: server.port,
        samples: true,
        options: { thresholds: { 'tcp_errors{proto:TCP}': ['count==0'], tcp_errors: ['count==1'] } },
        exitCode: 99,
      },
    )
    assert.equal(samplesOf('tcp_errors')[0]?.tags['proto'], 'TCP')
  })

  it('thresholds on every metric are valid as soon as the module is imported', async () => {
    const metrics = 'sockets reads writes errors timeouts partial_writes'.split(' ').map((name) => `tcp_${name}`)
    const trends = ['resolving', 'connecting', 'duration'].map((name) => `tcp_socket_${name}`)
    const thresholds = [
      ...metrics.map((name) => [name, ['count>=0']]),
      ...trends.map((name) => [`${name}{a:b}`, ['p(95)<1000']]),
    ]
    await runTcpScript('', { options: { thresholds: Object.fromEntries(thresholds) } })
  })
})

describe('k6/x/tcp: tags', () => {
  it('TCP-77 TCP-80 TCP-81 all samples carry proto, host, port and the tags of the socket and of connect, then the address', async () => {
    await using server = await echoServer()
    const { samplesOf, samples } = await runTcpScript(
      `
      const s = new Socket({ tags: { service: 'echo', number: 1, nothing: null, object: {} } })
      await s.connect({ port: PORT, host: 'localhost', tags: { step: 'login', truth: true } })
      ${EXCHANGE}`,
      { port: server.port, samples: true, options: { systemTags: ['scenario'] } },
    )
    const expected = {
      scenario: 'default',
      proto: 'TCP',
      service: 'echo',
      number: '1',
      nothing: '',
      object: '[object Object]',
      step: 'login',
      truth: 'true',
      host: 'localhost',
      port: String(server.port),
    }
    const tcp = samples.filter(({ metric }) => metric.startsWith('tcp_'))
    assert.equal(tcp.length, 6)
    for (const { metric, tags } of tcp) {
      const { ip, ...rest } = tags
      assert.deepEqual(rest, expected, metric)
      if (ip !== undefined) assert.equal(ip, '127.0.0.1')
    }
    for (const metric of ['tcp_reads', 'tcp_writes', 'tcp_socket_duration']) {
      assert.equal(samplesOf(metric)[0]?.tags['ip'], '127.0.0.1')
    }
  })

  it('TCP-78 tags of connect override those of the socket and proto, but not host and port', async () => {
    await using server = await echoServer()
    const { samplesOf } = await runTcpScript(
      `
      const s = new Socket({ tags: { who: 'socket', proto: 'mine', host: 'forged' } })
      await s.connect({ port: PORT, host: HOST, tags: { who: 'connect', port: 'forged', ip: 'forged', scenario: 'forged' } })
      s.destroy()`,
      { port: server.port, samples: true },
    )
    const { who, proto, host, port, ip, scenario } = samplesOf('tcp_socket_duration')[0]!.tags
    const expected = ['connect', 'mine', '127.0.0.1', String(server.port), '127.0.0.1', 'forged']
    assert.deepEqual([who, proto, host, port, ip, scenario], expected)
  })

  it('TCP-79 tags of a write are on that write only and come before all others', async () => {
    await using server = await scriptedServer(() => {})
    const { samplesOf } = await runTcpScript(
      `
      const s = await open({ tags: { who: 'socket' } })
      await s.write('a')
      await s.write('b', { tags: { who: 'write', host: 'other', n: 1 } })
      await s.write('c')
      await s.write('d', { tags: { who: 'refused' }, encoding: 'latin1' }).catch(() => {})
      s.destroy()`,
      { port: server.port, samples: true },
    )
    const writes = samplesOf('tcp_writes').map(({ tags }) => [tags['who'], tags['host'], tags['n']])
    assert.deepEqual(writes, [
      ['socket', '127.0.0.1', undefined],
      ['write', 'other', '1'],
      ['socket', '127.0.0.1', undefined],
    ])
    const [error] = samplesOf('tcp_errors')
    assert.deepEqual([error?.tags['who'], error?.tags['host'], error?.tags['proto']], ['refused', '127.0.0.1', 'TCP'])
  })

  it('TCP-82 tags and groups set before an operation are on its samples', async () => {
    await using server = await echoServer()
    const { samplesOf } = await runTcpScript(
      `
      exec.vu.metrics.tags.phase = 'one'
      const s = await open()
      await s.write('a')
      exec.vu.metrics.tags.phase = 'two'
      await s.write('b')
      let write
      group('inner', () => { write = s.write('c') })
      await write
      s.destroy()`,
      { port: server.port, samples: true },
    )
    assert.equal(samplesOf('tcp_sockets')[0]?.tags['phase'], 'one')
    const writes = samplesOf('tcp_writes').map(({ tags }) => [tags['phase'], tags['group']])
    assert.deepEqual(writes, [
      ['one', ''],
      ['two', ''],
      ['two', '::inner'],
    ])
  })
})
