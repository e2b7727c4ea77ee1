/** k6/http: failures and what is told of them (statements HTTP-68 to HTTP-78). */
import assert from 'node:assert/strict'
import { createSecureServer } from 'node:http2'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { fixture, listening, rawServer, reply, runHttp, THROWS } from './http-support.js'

const SHOW = `const show = (r) => log(r.status, r.error_code, r.error + '|', JSON.stringify(r.body), JSON.stringify(r.headers))`
const TLS = { key: fixture('server.key'), cert: fixture('server.pem') }

/** Nobody listens there. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('k6/http: broken connections', () => {
  it('HTTP-68 and HTTP-78 tell refused, reset, closed and cut connections apart, in response and tags', async () => {
    await using server = await rawServer((request, socket) => {
      if (request.includes('/reset')) socket.resetAndDestroy()
      else if (request.includes('/close')) socket.end()
      else if (request.includes('/head')) socket.end('HTTP/1.1 200 OK\r\nConte')
      else if (request.includes('/length')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart')
      else socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n5\r\nx')
      return undefined
    })
    const port = await freePort()
    const { console, samples, warnings } = await runHttp(
      `${SHOW}
      show(http.get('http://127.0.0.1:${port}/'))
      for (const path of ['/reset', '/close', '/head', '/length', '/chunks']) show(http.get(url + path))`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, [
      '0 1212 dial: connection refused| null {}',
      '0 1220 read: connection reset by peer| null {}',
      '0 1000 EOF| null {}',
      '0 1000 unexpected EOF| null {}',
      '0 1000 unexpected EOF| "part" {}',
      '0 1000 unexpected EOF| "partx" {}',
    ])
    const tags = samples
      .filter(({ metric }) => metric === 'http_reqs')
      .map(({ tags }) => `${tags['error_code']} ${tags['error']}`)
    assert.deepEqual(tags, [
      '1212 dial: connection refused',
      '1220 read: connection reset by peer',
      '1000 EOF',
      ...Array(3).fill('1000 unexpected EOF'),
    ])
    assert.deepEqual([...new Set(warnings)], ['Request Failed'])
  })

  it('HTTP-69 gives up after the timeout, whatever the request was waiting for', async () => {
    const held = createServer()
    await using silent = await listening(held, 'https')
    await using server = await rawServer((request, socket) => {
      if (request.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart')
      if (request.includes('/drip')) {
        const timer = setInterval(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 20)
        socket.on('close', () => clearInterval(timer))
      }
      return undefined
    })
    const { console } = await runHttp(
      `${SHOW}
      show(http.get(url, { timeout: 100 })); show(http.get(url, { timeout: '0.1s' })); show(http.get(url + '/body', { timeout: '100' }))
      show(http.get(url + '/drip', { timeout: 150.5 })); show(http.get('${silent.url}', { timeout: 100 }))
      show(http.get(url, { timeout: 0 })); show(http.get(url, { timeout: -1 }))
      const { timings } = http.get(url, { timeout: 100 })
      log(timings.duration >= 90, timings.duration < 5000)
      const wrong = http.get(url, { timeout: 'soon' })
      log(wrong.error_code, wrong.error.startsWith('invalid timeout value:'))`,
      server,
    )
    const timeout = '0 1050 request timeout| null {}'
    assert.deepEqual(console, [
      timeout,
      timeout,
      '0 1050 request timeout| "part" {}',
      timeout,
      timeout,
      timeout,
      timeout,
      'true true',
      '0 true',
    ])
  })

  it('HTTP-70 fails for what is no HTTP, and takes what is only odd', async () => {
    const bad = [
      'garbage\r\n\r\n',
      'HTTP/1.1 abc\r\n\r\n',
      'HTTP/1.1 099 Low\r\n\r\n',
      'HTTP/3.1 200 OK\r\n\r\n',
      'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
      'HTTP/1.1 200 OK\r\nbad name: 1\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: odd\r\n\r\n',
      `HTTP/1.1 200 OK\r\n${`X: ${'y'.repeat(8000)}\r\n`.repeat(1400)}`,
      'HTTP/1.1 100 Continue\r\n\r\n'.repeat(500_000),
    ]
    const good = [
      'HTTP/1.0 200 OK\r\n\r\nold',
      'HTTP/1.1 200 OK\nContent-Length: 2\n\nlf',
      'HTTP/1.1 200 OK\r\nX-Folded: a\r\n  b\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1x',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxxsurplus',
      `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(300_000)}\r\nContent-Length: 1\r\n\r\nb`,
      'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\nTrailer: t\r\n\r\n',
    ]
    const all = [...bad, ...good]
    await using server = await rawServer((request, socket) => {
      socket.end(all[Number(/\/(\d+) /.exec(request)![1])]!)
      return undefined
    })
    const { console } = await runHttp(
      `for (let i = 0; i < ${all.length}; i++) {
        const r = http.get(url + '/' + i)
        log(r.status, r.error_code, r.status === 0 ? r.body : r.body === null ? 'null' : r.body + ' ' + (r.headers['X-Folded'] ?? '') + (r.headers['Trailer'] ?? ''))
      }`,
      server,
    )
    assert.deepEqual(
      console.slice(0, bad.length).map((line) => line.split(' ').slice(0, 2).join(' ')),
      Array(bad.length).fill('0 1000'),
    )
    assert.deepEqual(
      console.slice(bad.length).map((line) => line.trim()),
      ['200 0 old', '200 0 lf', '200 0  a b', '200 0 1x', '200 0 xx', '200 0 b', '204 0 null', '200 0 abc'],
    )
  })
})

describe('k6/http: TLS and network rules', () => {
  it('HTTP-71 and HTTP-72 tell what is wrong with a certificate or a handshake', async () => {
    const shouting = createServer((socket) =>
      socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')),
    )
    await using plain = await listening(shouting, 'https')
    await using server = await rawServer(reply('ok').toString(), { tls: TLS })
    await using expired = await rawServer(reply('ok').toString(), {
      tls: { key: fixture('expired.key'), cert: fixture('expired.pem') },
    })
    await using noNames = await rawServer(reply('ok').toString(), {
      tls: { key: fixture('no-names.key'), cert: fixture('no-names.pem') },
    })
    await using old = await rawServer(reply('ok').toString(), { tls: { ...TLS, maxVersion: 'TLSv1.2' } })
    const { console } = await runHttp(
      `${SHOW}
      for (const u of ['${plain.url}', '${server.url}', '${expired.url}', '${noNames.url}', '${old.url}']) show(http.get(u))`,
      server,
      { options: { tlsVersion: 'tls1.3' } },
    )
    assert.deepEqual(console, [
      '0 1301 tls: first record does not look like a TLS handshake| null {}',
      '0 1310 x509: unknown authority| null {}',
      '0 1300 x509: certificate has expired or is not yet valid| null {}',
      "0 1311 x509: certificate doesn't match hostname| null {}",
      '0 1300 remote error: tls: protocol version not supported| null {}',
    ])
  })

  it('HTTP-73 respects blocked names and addresses, also behind a redirect, and tells names that are none', async () => {
    await using server = await rawServer(reply('', 'Location: http://blocked.test/\r\n', '302 Found').toString())
    const { console } = await runHttp(
      `${SHOW}
      show(http.get('http://blocked.test/')); show(http.get('http://10.1.2.3/')); show(http.get('http://mapped.test/')); show(http.get(url))
      show(http.get('http://' + 'a'.repeat(300) + '.test/'))`,
      server,
      {
        options: {
          blockHostnames: ['*.test'].map(() => 'blocked.test'),
          blacklistIPs: ['10.0.0.0/8'],
          hosts: { 'mapped.test': '10.0.0.1' },
        },
      },
    )
    assert.deepEqual(console, [
      '0 1111 hostname is blocked| null {}',
      '0 1110 ip is blacklisted| null {}',
      '0 1110 ip is blacklisted| null {}',
      '0 1111 hostname is blocked| null {}',
      '0 1101 lookup: no such host| null {}',
    ])
  })
})

describe('k6/http: statuses and exceptions', () => {
  it('HTTP-74 and HTTP-75 count statuses from 400 up, and 101 as a failure', async () => {
    const statuses = ['404 Not Found', '500 Oops', '999 Odd', '399 Fine', '101 Switching Protocols']
    await using server = await rawServer((_request, _socket, count) => reply('', '', statuses[count - 1]).toString())
    const { console } = await runHttp(
      `for (let i = 0; i < 5; i++) { const r = http.get(url); log(r.status, r.error_code, JSON.stringify(r.error)) }`,
      server,
    )
    assert.deepEqual(console, [
      '404 1404 ""',
      '500 1500 ""',
      '999 1999 ""',
      '399 0 ""',
      '0 1000 "unsupported response status: 101 Switching Protocols"',
    ])
  })

  it('HTTP-76 throws failures with the option throw, and emits their samples', async () => {
    const port = await freePort()
    await using server = await rawServer((request, socket) => {
      if (request.includes('/404')) return reply('', '', '404 Not Found').toString()
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart')
      return undefined
    })
    const { console, samples, warnings } = await runHttp(
      `${THROWS}
      thrown(() => http.get('http://127.0.0.1:${port}/x'))
      thrown(() => http.del(url + '/body'))
      thrown(() => http.post(url, 5)); thrown(() => http.get(5))
      thrown(() => http.get(url + '/404'))
      thrown(() => http.batch([url + '/404', 'http://u:p@127.0.0.1:${port}/']))
      thrown(() => http.batch([url + '/404', 5]))
      await http.asyncRequest('GET', 'http://127.0.0.1:${port}/').catch((e) => log(e instanceof Error, e.name, e.message))`,
      server,
      { options: { throw: true }, samples: true, isAsync: true },
    )
    const refused = `dial tcp 127.0.0.1:${port}: connect: connection refused`
    assert.deepEqual(console, [
      `GoError|Get "http://127.0.0.1:${port}/x": ${refused}`,
      'GoError|unexpected EOF',
      'GoError|unknown request body type number',
      `GoError|invalid URL: '5': give a string, or what http.url makes`,
      'nothing thrown',
      `GoError|Get "http://****:****@127.0.0.1:${port}/": ${refused}`,
      "GoError|invalid batch request '1': a text, an array or an object is expected",
      `true GoError Get "http://127.0.0.1:${port}/": ${refused}`,
    ])
    assert.deepEqual(warnings, [])
    const statuses = samples.filter(({ metric }) => metric === 'http_reqs').map(({ tags }) => tags['status'])
    assert.deepEqual(statuses.sort(), ['0', '0', '0', '0', '404', '404'])
  })
})

describe('k6/http: failures of HTTP/2', () => {
  it('HTTP-77 has numbers and texts for resets and GOAWAY', async () => {
    const h2 = createSecureServer(TLS)
    h2.on('sessionError', () => {})
    h2.on('stream', (stream, headers) => {
      stream.on('error', () => {})
      const path = headers[':path'] as string
      if (path === '/goaway') stream.session!.goaway(2)
      else if (path === '/calm') stream.session!.goaway(11)
      else if (path === '/lost') server.connections.at(-1)!.destroy()
      else if (path === '/half') {
        stream.respond({ ':status': 200 })
        stream.write('part', () => setTimeout(() => stream.destroy(new Error('broken')), 50))
      } else stream.close(Number(path.slice(1)))
    })
    await using server = await listening(h2, 'https')
    const { console } = await runHttp(
      `for (const path of ['/8', '/2', '/99', '/goaway', '/calm', '/lost', '/half']) {
        const r = http.get(url + path)
        log(path, r.status, r.error_code, r.error, JSON.stringify(r.body))
      }`,
      server,
      { options: { insecureSkipTLSVerify: true } },
    )
    assert.deepEqual(console, [
      '/8 0 1639 http2: stream error with http2 ErrCode CANCEL null',
      '/2 0 1633 http2: stream error with http2 ErrCode INTERNAL_ERROR null',
      '/99 0 1630 http2: stream error with http2 ErrCode unknown error code 0x63 null',
      '/goaway 0 1613 http2: received GoAway with http2 ErrCode INTERNAL_ERROR null',
      '/calm 0 1622 http2: received GoAway with http2 ErrCode ENHANCE_YOUR_CALM null',
      '/lost 0 1000 unexpected EOF null',
      '/half 0 1633 http2: stream error with http2 ErrCode INTERNAL_ERROR "part"',
    ])
  })

  it('HTTP-77 a server that breaks the protocol is a connection error with its own number at once', async () => {
    const frame = (type: number, stream: number, payload: number): Buffer => {
      const bytes = Buffer.alloc(9 + payload)
      bytes.writeUIntBE(payload, 0, 3)
      bytes[3] = type
      bytes.writeUInt32BE(stream, 5)
      return bytes
    }
    const settings = frame(4, 0, 0)
    /** Only the path: no `:status`. */
    const malformed = Buffer.concat([frame(1, 1, 0).fill(4, 4, 5), Buffer.from([0x84])]).fill(1, 2, 3)
    /** For one connection each: data of no stream, settings and data of a wrong size, headers of no stream, a malformed response. */
    const wrong = [frame(0, 0, 1), frame(4, 0, 5), frame(0, 1, 20_000), frame(1, 0, 1), malformed]
    const tls = createTlsServer({ ...TLS, ALPNProtocols: ['h2'] }, (socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write(Buffer.concat([settings, wrong.shift()!])))
    })
    await using server = await listening(tls, 'https')
    const { console } = await runHttp(
      `for (let i = 0; i < ${wrong.length}; i++) {
        const r = http.get(url, { timeout: '20s' })
        log(r.status, r.error_code, r.error)
      }`,
      server,
      { options: { insecureSkipTLSVerify: true } },
    )
    const text = '0 %1 http2: connection error with http2 ErrCode %2'
    const told = (code: number, name: string): string => text.replace('%1', String(code)).replace('%2', name)
    assert.deepEqual(console, [
      told(1652, 'PROTOCOL_ERROR'),
      told(1657, 'FRAME_SIZE_ERROR'),
      told(1657, 'FRAME_SIZE_ERROR'),
      told(1652, 'PROTOCOL_ERROR'),
      '0 1632 http2: stream error with http2 ErrCode PROTOCOL_ERROR',
    ])
  })
})
