import assert from 'node:assert/strict'
import { connect as connectTcp } from 'node:net'
import { describe, it } from 'node:test'
import { DialError } from '../../src/net/errors.js'
import { proxyFor } from '../../src/net/proxy.js'
import { TunnelAnswer } from '../../src/net/tunnel.js'
import { connect, dial, dialer, echo, Recorder, tcpServer, tlsServer } from './support.js'

const BOTH = { HTTP_PROXY: 'http://plain.test:3128', HTTPS_PROXY: 'secure.test' }

function hostFor(url: string, environment: Record<string, string>): string | undefined {
  return proxyFor(new URL(url), environment)?.host
}

describe('proxyFor', () => {
  it('takes HTTP_PROXY for ws and HTTPS_PROXY for wss, in either case', () => {
    assert.deepEqual(proxyFor(new URL('ws://a.test/'), BOTH), { host: 'plain.test', port: 3128, authorization: null })
    assert.deepEqual(proxyFor(new URL('wss://a.test/'), BOTH), { host: 'secure.test', port: 80, authorization: null })
    assert.equal(hostFor('ws://a.test/', { http_proxy: 'lower.test:1' }), 'lower.test')
    assert.equal(hostFor('ws://a.test/', {}), undefined)
    assert.equal(hostFor('ws://a.test/', { HTTPS_PROXY: 'x' }), undefined)
  })

  it('makes basic authorization of the userinfo', () => {
    const proxy = proxyFor(new URL('ws://a.test/'), { HTTP_PROXY: 'http://us%40er:p%3Aw@p.test:1' })
    assert.equal(proxy!.authorization, `Basic ${Buffer.from('us@er:p:w').toString('base64')}`)
  })

  it('reaches loopback directly', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]']) {
      assert.equal(hostFor(`ws://${host}:9/`, BOTH), undefined, host)
    }
  })

  it('obeys NO_PROXY', () => {
    const rows: [string, string, boolean][] = [
      ['*', 'ws://a.test/', true],
      ['a.test', 'ws://a.test/', true],
      ['a.test', 'ws://x.a.test/', true],
      ['a.test', 'ws://xa.test/', false],
      ['.a.test', 'ws://a.test/', false],
      ['*.a.test', 'ws://x.a.test/', true],
      ['a.test:81', 'ws://a.test:81/', true],
      ['a.test:81', 'ws://a.test/', false],
      ['a.test:443', 'wss://a.test/', true],
      ['10.0.0.0/8', 'ws://10.1.2.3/', true],
      ['10.0.0.0/8', 'ws://11.1.2.3/', false],
      ['10.0.0.1', 'ws://10.0.0.1/', true],
      ['b.test, A.Test', 'ws://a.test/', true],
      ['', 'ws://a.test/', false],
    ]
    for (const [noProxy, url, direct] of rows) {
      assert.equal(hostFor(url, { ...BOTH, NO_PROXY: noProxy }) === undefined, direct, `${noProxy} ${url}`)
    }
  })

  it('refuses schemes and addresses that it cannot use', () => {
    const message = (proxy: string) => {
      try {
        proxyFor(new URL('ws://a.test/'), { HTTP_PROXY: proxy })
      } catch (error) {
        return error instanceof DialError ? error.message : String(error)
      }
    }
    assert.equal(message('socks5://p.test:1'), 'proxy: unknown scheme: socks5')
    assert.equal(message('http://'), 'invalid proxy address "http://"')
  })
})

/** A proxy with CONNECT; keeps the heads of the requests. */
function proxyServer(heads: string[], answer = 'HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n') {
  return tcpServer((socket) => {
    let head = ''
    socket.on('data', function onHead(chunk) {
      head += chunk.toString('latin1')
      if (!head.endsWith('\r\n\r\n')) return
      socket.off('data', onHead)
      heads.push(head)
      const [, port] = /^CONNECT [^ ]+:(\d+) /.exec(head)!
      const upstream = connectTcp(Number(port), '127.0.0.1', () => {
        socket.write(answer)
        socket.pipe(upstream).pipe(socket)
      })
      upstream.on('error', () => socket.destroy())
    })
  })
}

describe('dial through a proxy', () => {
  it('tunnels, with authorization, and lets the proxy resolve the name', async () => {
    const heads: string[] = []
    await using target = await tcpServer(echo)
    await using server = await proxyServer(heads)
    const proxy = { host: '127.0.0.1', port: server.port, authorization: 'Basic eDp5' }
    const connection = await connect(dialer(), { host: 'target.test', port: target.port, proxy })
    const recorder = new Recorder()
    connection.setListener(recorder)
    const written: number[] = []
    connection.write('hello', (_error, bytes) => written.push(bytes))
    await recorder.received(5)
    assert.equal(recorder.bytes.toString(), 'hello')
    assert.equal(connection.remotePort, server.port)
    const to = `target.test:${target.port}`
    assert.deepEqual(heads, [`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\nProxy-Authorization: Basic eDp5\r\n\r\n`])
    connection.destroy()
    await recorder.event('close')
    assert.deepEqual(written, [5])
  })

  it('starts TLS inside the tunnel, with the name of the target', async () => {
    const names: (string | false | null)[] = []
    await using target = await tlsServer((socket) => {
      names.push(socket.servername)
      echo(socket)
    })
    await using server = await proxyServer([])
    const proxy = { host: '127.0.0.1', port: server.port, authorization: null }
    const connection = await connect(dialer(), { host: 'a.sock.test', port: target.port, tls: true, proxy })
    const recorder = new Recorder()
    connection.setListener(recorder)
    connection.write('hello')
    await recorder.received(5)
    assert.deepEqual(names, ['a.sock.test'])
    connection.destroy()
    await recorder.event('close')
  })

  it('keeps what the target sent with the answer', async () => {
    await using target = await tcpServer(() => {})
    await using server = await proxyServer([], 'HTTP/1.1 200 OK\r\n\r\nwelcome')
    const proxy = { host: '127.0.0.1', port: server.port, authorization: null }
    const connection = await connect(dialer(), { host: 'x', port: target.port, proxy })
    const recorder = new Recorder()
    connection.setListener(recorder)
    await recorder.received(7)
    assert.equal(recorder.bytes.toString(), 'welcome')
    connection.destroy()
  })

  it('fails with the reason of the refusal, or when the proxy hangs up', async () => {
    const answers: [string, string][] = [
      ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'Proxy Authentication Required'],
      ['SSH-2.0-x\r\n\r\n', 'malformed HTTP response "SSH-2.0-x"'],
      ['', 'unexpected EOF'],
    ]
    for (const [answer, message] of answers) {
      await using server = await tcpServer((socket) => socket.end(answer))
      const proxy = { host: '127.0.0.1', port: server.port, authorization: null }
      const { error, phase } = await dial(dialer(), { host: 'x', port: 1, proxy })
      assert.equal(error!.message, message)
      assert.equal(phase, 'connect')
    }
  })

  it('reads the answer whole, byte by byte, and cut at each point', () => {
    const text = Buffer.from('HTTP/1.1 200 OK\r\nA: b\r\n\r\nrest')
    for (let cut = 1; cut < text.length; cut++) {
      const answer = new TunnelAnswer()
      const first = answer.add(text.subarray(0, cut))
      const rest = first ?? answer.add(text.subarray(cut))
      assert.ok('rest'.startsWith(rest!.toString()), String(cut))
    }
    const answer = new TunnelAnswer()
    const results = [...text.subarray(0, -4)].map((byte) => answer.add(Buffer.from([byte])))
    assert.deepEqual(results.pop(), Buffer.alloc(0))
    assert.ok(results.every((result) => result === null))
  })
})
