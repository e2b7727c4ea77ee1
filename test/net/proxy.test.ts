import assert from 'node:assert/strict'
import { connect as connectTcp, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { DialError } from '../../src/net/errors.js'
import { proxyFor } from '../../src/net/proxy.js'
import { type TunnelStep, tunnelTo } from '../../src/net/tunnel.js'
import { connect, dial, dialer, echo, proxyAt, Recorder, type TestServer, tcpServer, tlsServer } from './support.js'

const BOTH = { HTTP_PROXY: 'http://plain.test:3128', HTTPS_PROXY: 'secure.test' }

function hostFor(url: string, environment: Record<string, string>): string | undefined {
  return proxyFor(new URL(url), environment)?.host
}

describe('proxyFor', () => {
  it('takes HTTP_PROXY for ws and HTTPS_PROXY for wss, in either case', () => {
    const bare = { protocol: 'http', username: '', password: '', authorization: null }
    assert.deepEqual(proxyFor(new URL('ws://a.test/'), BOTH), { ...bare, host: 'plain.test', port: 3128 })
    assert.deepEqual(proxyFor(new URL('wss://a.test/'), BOTH), { ...bare, host: 'secure.test', port: 80 })
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
    assert.equal(message('socks4://p.test:1'), 'proxy: unknown scheme: socks4')
    assert.equal(message('http://'), 'invalid proxy address "http://"')
    assert.equal(
      message('http://a:5%@p.test:1'),
      'invalid proxy address: "http://p.test:1" has a % that encodes nothing',
    )
  })
})

/** A proxy with CONNECT; keeps the heads of the requests. */
function proxyServer(
  heads: string[],
  answer = 'HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n',
  listen: (onSocket: (socket: Socket) => void) => Promise<TestServer> = tcpServer,
) {
  return listen((socket) => {
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
    const proxy = { ...proxyAt(server.port), authorization: 'Basic eDp5' }
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
    const proxy = proxyAt(server.port)
    const connection = await connect(dialer(), { host: 'a.sock.test', port: target.port, tls: true, proxy })
    const recorder = new Recorder()
    connection.setListener(recorder)
    connection.write('hello')
    await recorder.received(5)
    assert.deepEqual(names, ['a.sock.test'])
    connection.destroy()
    await recorder.event('close')
  })

  it('speaks TLS with a proxy of https, and inside it with the target or not', async () => {
    const heads: string[] = []
    await using plain = await tcpServer(echo)
    await using secure = await tlsServer(echo)
    await using server = await proxyServer(heads, undefined, tlsServer)
    const proxy = { ...proxyAt(server.port), protocol: 'https' as const, host: 'a.sock.test' }
    const one = dialer({ hosts: { 'a.sock.test': '127.0.0.1' } })
    for (const [target, tls] of [
      [plain, false],
      [secure, true],
    ] as const) {
      const connection = await connect(one, { host: 'b.sock.test', port: target.port, tls, proxy })
      const recorder = new Recorder()
      connection.setListener(recorder)
      // More than a record, so that both layers have to wait.
      const sent = Buffer.alloc(1_000_000, 'abc')
      connection.write(sent)
      await recorder.received(sent.length)
      assert.ok(recorder.bytes.equals(sent))
      connection.destroy()
      await recorder.event('close')
      const { sent: bytes, received } = connection.takeTraffic()
      assert.ok(bytes > sent.length && received > sent.length)
    }
    assert.equal(heads.length, 2)
  })

  it('trusts a proxy of https no more than a target', async () => {
    await using server = await proxyServer([], undefined, tlsServer)
    await using deaf = await tcpServer((socket) => socket.destroy())
    const one = dialer({ hosts: { 'other.test': '127.0.0.1' } })
    const proxy = { ...proxyAt(server.port), protocol: 'https' as const }
    const wrongName = await dial(one, { host: 'x', proxy: { ...proxy, host: 'other.test' } })
    assert.equal(wrongName.error!.code, 'ERR_PROXY')
    assert.match(
      wrongName.error!.message,
      /^proxyconnect tcp: tls: failed to verify certificate: x509: certificate is valid for/,
    )
    const closed = await dial(one, { host: 'x', proxy: { ...proxy, host: 'other.test', port: deaf.port } })
    assert.match(closed.error!.message, /^proxyconnect tcp: (EOF|read )/)
    await using noTls = await tcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const plain = await dial(one, { host: 'x', proxy: { ...proxy, host: 'other.test', port: noTls.port } })
    assert.equal(plain.error!.message, 'proxyconnect tcp: tls: first record does not look like a TLS handshake')
  })

  it('keeps what the target sent with the answer', async () => {
    await using target = await tcpServer(() => {})
    await using server = await proxyServer([], 'HTTP/1.1 200 OK\r\n\r\nwelcome')
    const proxy = proxyAt(server.port)
    const connection = await connect(dialer(), { host: 'x', port: target.port, proxy })
    const recorder = new Recorder()
    connection.setListener(recorder)
    await recorder.received(7)
    assert.equal(recorder.bytes.toString(), 'welcome')
    connection.destroy()
  })

  it('blocks the target by its name, too', async () => {
    const one = dialer({ blockHostnames: ['*.evil.test'] })
    const { error } = await dial(one, { host: 'x.evil.test', proxy: proxyAt(1) })
    assert.equal(error!.message, 'hostname (x.evil.test) is in a blocked pattern (*.evil.test)')
    const evilProxy = { ...proxyAt(1), host: 'p.evil.test' }
    const blocked = await dial(one, { host: 'good.test', proxy: evilProxy })
    assert.equal(blocked.error!.message, 'hostname (p.evil.test) is in a blocked pattern (*.evil.test)')
    assert.deepEqual(blocked.calls, ['failed'])
  })

  it('fails with the reason of the refusal, or when the proxy hangs up', async () => {
    const answers: [string, string][] = [
      ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'Proxy Authentication Required'],
      ['SSH-2.0-x\r\n\r\n', 'malformed HTTP response "SSH-2.0-x"'],
      ['', 'unexpected EOF'],
    ]
    for (const [answer, message] of answers) {
      await using server = await tcpServer((socket) => socket.end(answer))
      const proxy = proxyAt(server.port)
      const { error, phase } = await dial(dialer(), { host: 'x', port: 1, proxy })
      assert.equal(error!.message, message)
      assert.equal(phase, 'connect')
    }
  })

  it('reads the answer whole, byte by byte, and cut at each point', () => {
    const text = Buffer.from('HTTP/1.1 200 OK\r\nA: b\r\n\r\nrest')
    for (let cut = 1; cut < text.length; cut++) {
      const answer = tunnelTo('x', 1, proxyAt(1))
      const step = answer.take(text.subarray(0, cut)) ?? answer.take(text.subarray(cut))
      assert.ok('rest'.startsWith(restOf(step)), String(cut))
    }
    const answer = tunnelTo('x', 1, proxyAt(1))
    const results = [...text.subarray(0, -4)].map((byte) => answer.take(Buffer.from([byte])))
    assert.equal(restOf(results.pop()!), '')
    assert.ok(results.every((result) => result === null))
  })
})

function restOf(step: TunnelStep | null): string {
  assert.ok(step !== null && 'rest' in step)
  return step.rest.toString()
}

/** A SOCKS5 server that connects where it is told; notes what it was asked. */
async function socksServer(asked: string[], credentials: string | null = null, refusal: number | null = null) {
  return await tcpServer((socket) => {
    let state = 'method'
    socket.on('data', function take(chunk: Buffer) {
      if (state === 'method') {
        const method = credentials === null ? 0 : 2
        state = credentials === null ? 'request' : 'password'
        socket.write(Buffer.from([5, chunk.subarray(2).includes(method) ? method : 255]))
      } else if (state === 'password') {
        const user = chunk.subarray(2, 2 + chunk[1]!).toString()
        const password = chunk.subarray(3 + chunk[1]!).toString()
        state = 'request'
        socket.write(Buffer.from([1, `${user}:${password}` === credentials ? 0 : 1]))
      } else {
        const name = chunk[3] === 3 ? chunk.subarray(5, -2).toString() : [...chunk.subarray(4, -2)].join('.')
        asked.push(`${chunk[3]} ${name}`)
        if (refusal !== null) {
          socket.end(Buffer.from([5, refusal, 0, 1, 0, 0, 0, 0, 0, 0]))
          return
        }
        socket.off('data', take)
        const target = connectTcp(chunk.readUInt16BE(chunk.length - 2), '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 9]))
          socket.pipe(target).pipe(socket)
        })
        target.on('error', () => socket.destroy())
      }
    })
  })
}

describe('a SOCKS5 proxy', () => {
  it('is named socks5 or socks5h in the variable, with port 1080 unless it says otherwise', () => {
    const proxy = proxyFor(new URL('ws://a.test/'), { HTTP_PROXY: 'socks5://me:s%20cret@p.test' })!
    assert.deepEqual(
      [proxy.protocol, proxy.host, proxy.port, proxy.username, proxy.password],
      ['socks5', 'p.test', 1080, 'me', 's cret'],
    )
    assert.equal(proxyFor(new URL('ws://a.test/'), { HTTP_PROXY: 'socks5h://p.test:9' })!.protocol, 'socks5')
  })

  it('reaches the target by name or address, with and without TLS and password', async () => {
    await using plain = await tcpServer(echo)
    await using secure = await tlsServer(echo)
    const asked: string[] = []
    await using open = await socksServer(asked)
    await using closed = await socksServer(asked, 'me:secret')
    const withPassword = { ...proxyAt(closed.port, 'socks5'), username: 'me', password: 'secret' }
    const requests = [
      { host: 'far.test', port: plain.port, proxy: proxyAt(open.port, 'socks5') },
      { host: '10.9.8.7', port: plain.port, proxy: withPassword },
      { host: 'a.sock.test', port: secure.port, tls: true, proxy: withPassword },
    ]
    for (const request of requests) {
      const connection = await connect(dialer(), request)
      const recorder = new Recorder()
      connection.setListener(recorder)
      connection.write('hello')
      await recorder.received(5)
      assert.equal(recorder.bytes.toString(), 'hello')
      connection.destroy()
    }
    assert.deepEqual(asked, ['3 far.test', '1 10.9.8.7', '3 a.sock.test'])
  })

  it('says why it refused', async () => {
    await using busy = await socksServer([], null, 5)
    await using closed = await socksServer([], 'me:secret')
    await using talkative = await tcpServer((socket) => socket.write('HTTP/1.1 400 no'))
    const failure = async (port: number, username = '') => {
      const proxy = { ...proxyAt(port, 'socks5'), username, password: 'wrong' }
      const { error, phase } = await dial(dialer(), { host: 'x.test', port: 9, proxy })
      assert.equal(phase, 'connect')
      assert.equal(error!.code, 'ERR_PROXY')
      return error!.message.replace(`127.0.0.1:${port}`, 'PROXY')
    }
    const to = 'socks connect tcp PROXY->x.test:9:'
    assert.equal(await failure(busy.port), `${to} unknown error connection refused`)
    assert.equal(await failure(closed.port), `${to} no acceptable authentication methods`)
    assert.equal(await failure(closed.port, 'me'), `${to} username/password authentication failed`)
    assert.equal(await failure(talkative.port), `${to} unexpected protocol version 72`)
  })

  it('reads the answers byte by byte', () => {
    const tunnel = tunnelTo('x', 1, proxyAt(1, 'socks5'))
    const steps = [5, 0, 5, 0, 0, 3, 2, 97, 98, 0, 80].map((byte) => tunnel.take(Buffer.from([byte])))
    assert.equal(restOf(steps.pop()!), '')
    assert.deepEqual(
      steps.map((step) => step !== null),
      [false, true, ...Array(8).fill(false)],
    )
  })
})
