import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runTcpScript } from '../helpers/tcp-script.js'
import { scriptedServer, tlsEchoServer } from '../helpers/tcp-server.js'

/** Timers are never early, but the script looks at the clock a little later than the socket; how late they are depends on the machine. */
const EARLY = 30
const LATE = 500

function assertAbout(times: readonly number[], expected: readonly number[]): void {
  const ok =
    times.length === expected.length && expected.every((at, i) => times[i]! >= at - EARLY && times[i]! < at + LATE)
  assert.ok(ok, `expected events at about ${expected.join()} ms, got ${times.map(Math.round).join()}`)
}

describe('k6/x/tcp: setTimeout', () => {
  it('TCP-59 returns the socket; what is not a number above zero disables it', async () => {
    await using server = await scriptedServer(() => {})
    const { reported, tcpCounts } = await runTcpScript(
      `
      const s = new Socket()
      report('before', s.setTimeout(0) === s)
      await s.connect(PORT, HOST)
      const offs = [0, -1, NaN, null, undefined, 'abc', {}, [], -Infinity, 0.9]
      report('open', offs.map((off) => s.setTimeout(10) === s && s.setTimeout(off) === s))
      s.setTimeout(10)
      report('nothing', s.setTimeout() === s)
      s.setTimeout(Number.MAX_VALUE)
      s.setTimeout(Infinity)
      await pause(60)
      s.destroy()
      report('after', s.setTimeout(10) === s)
      await pause(40)`,
      { port: server.port, samples: true },
    )
    assert.deepEqual([reported['before'], reported['nothing'], reported['after']], [true, true, true])
    assert.deepEqual(reported['open'], Array(10).fill(true))
    assert.equal(tcpCounts['tcp_timeouts'], undefined)
  })

  it('TCP-60 TCP-62 TCP-76 repeats while the peer is silent, from the moment of connection, and counts', async () => {
    await using server = await scriptedServer(() => {})
    const { reported, tcpCounts, samplesOf } = await runTcpScript(
      `
      const s = new Socket({ tags: { who: 'me' } })
      s.setTimeout('100.9')
      await pause(150)
      await s.connect(PORT, HOST)
      const start = Date.now()
      const times = []
      await new Promise((resolve) => s.on('timeout', () => { if (times.push(Date.now() - start) === 3) resolve() }))
      report('times', times)
      report('state', s.ready_state)
      s.on('timeout', undefined)
      await pause(150)
      s.destroy()
      await pause(150)`,
      { port: server.port, samples: true },
    )
    assertAbout(reported['times'], [100, 200, 300])
    assert.equal(reported['state'], 'open')
    assert.equal(tcpCounts['tcp_timeouts'], 4)
    const { proto, port, who } = samplesOf('tcp_timeouts')[0]!.tags
    assert.deepEqual([proto, port, who], ['TCP', String(server.port), 'me'])
    assert.equal(tcpCounts['tcp_errors'], undefined)
  })

  it('TCP-61 data that is received restarts it; data that is sent does not', async () => {
    await using server = await scriptedServer(({ socket }) => {
      const timer = setInterval(() => socket.write('x'), 50)
      setTimeout(() => clearInterval(timer), 320)
      socket.on('close', () => clearInterval(timer))
    })
    const { reported } = await runTcpScript(
      `
      const s = new Socket()
      let lastRead = 0
      s.on('data', () => { lastRead = Date.now() })
      s.setTimeout(200)
      const writing = setInterval(() => s.connected && s.write('y'), 50)
      await s.connect(PORT, HOST)
      const start = Date.now()
      await new Promise((resolve) => s.on('timeout', resolve))
      report('silent', Date.now() - lastRead)
      report('total', Date.now() - start)
      clearInterval(writing)
      s.destroy()`,
      { port: server.port },
    )
    assertAbout([reported['silent']], [200])
    assert.ok(reported['total'] > 400, `fired ${reported['total']} ms after the connection was made`)
  })

  it('TCP-63 a shorter one takes effect at once, and 0 stops it', async () => {
    await using server = await scriptedServer(() => {})
    const { reported, tcpCounts } = await runTcpScript(
      `
      const s = await open()
      s.setTimeout(60_000)
      await pause(30)
      const start = Date.now()
      s.setTimeout(50)
      await new Promise((resolve) => s.on('timeout', resolve))
      report('shortened', Date.now() - start)
      s.setTimeout(0)
      await pause(150)
      s.destroy()`,
      { port: server.port, samples: true },
    )
    assertAbout([reported['shortened']], [50])
    assert.equal(tcpCounts['tcp_timeouts'], 1)
  })

  it('works the same over TLS', async () => {
    await using server = await tlsEchoServer()
    const { tcpCounts } = await runTcpScript(
      `
      const s = new Socket()
      await s.connect({ port: PORT, host: HOST, tls: true })
      s.on('timeout', () => s.destroy())
      s.setTimeout(50)`,
      { port: server.port, samples: true, options: { insecureSkipTLSVerify: true } },
    )
    assert.equal(tcpCounts['tcp_timeouts'], 1)
  })
})
