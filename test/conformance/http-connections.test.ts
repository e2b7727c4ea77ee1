/** k6/http: connections, HTTP/2, TLS, proxies (statements HTTP-88 to HTTP-96). */
import assert from 'node:assert/strict'
import { createSecureServer } from 'node:http2'
import { connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { runCli } from '../helpers/run-cli.js'
import { fixture, httpServer, listening, rawServer, reply, runHttp } from './http-support.js'

const TLS = { key: fixture('server.key'), cert: fixture('server.pem') }
const TRUSTING = { insecureSkipTLSVerify: true }

describe('k6/http: connections', () => {
  it('HTTP-88 and HTTP-96 one connection per virtual user and host, across iterations', async () => {
    await using server = await httpServer((_request, response) => response.end('ok'))
    const { console, samples } = await runHttp(
      `http.get(url); http.post(url, 'x'); http.get(url, { responseType: 'none' })
      const r = http.get(url)
      if (exec.vu.iterationInInstance === 0) log(r.remote_ip, r.remote_port === Number(url.split(':')[2]))`,
      server,
      { options: { scenarios: { s: { executor: 'per-vu-iterations', vus: 2, iterations: 3 } } }, samples: true },
    )
    assert.equal(server.connections.length, 2)
    assert.deepEqual([...new Set(console)], ['127.0.0.1 true'])
    const connecting = samples.filter(({ metric, value }) => metric === 'http_req_connecting' && value > 0)
    assert.equal(connecting.length, 2)
  })

  it('HTTP-89 opens a new one where the options or either side want that', async () => {
    for (const [options, body, expected] of [
      [{ noConnectionReuse: true }, 'http.get(url)', 4],
      [{ noVUConnectionReuse: true }, 'http.get(url)', 2],
      [{}, "http.get(url, { headers: { Connection: 'close' } })", 4],
      [{}, "http.get(url + '/close')", 4],
      [{}, "http.get(url + '/slow', { timeout: 50 })", 4],
    ] as const) {
      await using server = await rawServer((request, socket) => {
        if (request.includes('/slow')) return undefined
        if (!request.includes('/close')) return reply('ok')
        socket.end(reply('ok', 'Connection: close\r\n'))
        return undefined
      })
      await runHttp(`${body}; ${body}`, server, { options: { ...options, iterations: 2 } })
      assert.equal(server.connections.length, expected, `${JSON.stringify(options)} ${body}`)
      const closing = server.requests.every((request) => /^Connection: close\r$/m.test(request))
      assert.equal(closing, 'noConnectionReuse' in options || body.includes('Connection'))
    }
  })

  it('HTTP-90 batches open parallel connections and keep them', async () => {
    await using server = await httpServer((_request, response) => setTimeout(() => response.end('ok'), 20))
    await runHttp('http.batch(Array(4).fill(url)); http.batch(Array(4).fill(url)); http.get(url)', server)
    assert.equal(server.connections.length, 4)
  })

  it('HTTP-91 sends again what is safe when a kept connection turns out to be dead', async () => {
    const answered = new WeakSet<object>()
    await using server = await rawServer((_request, socket) => {
      if (!answered.has(socket)) {
        answered.add(socket)
        return reply('ok')
      }
      socket.destroy()
      return undefined
    })
    const { console, samples } = await runHttp(
      `const again = (r) => log(r.status, r.error)
      http.get(url); again(http.get(url))
      again(http.head(url)); again(http.options(url))
      again(http.post(url)); http.get(url); again(http.post(url, '', { headers: { 'Idempotency-Key': '1' } }))
      again(http.put(url))`,
      server,
      { samples: true },
    )
    assert.equal(console[0], '200 ')
    assert.equal(console[1], '200 ')
    assert.equal(console[2], '200 ')
    assert.match(console[3]!, /^0 (EOF|read: connection reset by peer)$/)
    assert.equal(console[4], '200 ')
    assert.match(console[5]!, /^0 (EOF|read: connection reset by peer)$/)
    assert.equal(samples.filter(({ metric }) => metric === 'http_reqs').length, 8)
  })
})

describe('k6/http: HTTP/2 and TLS', () => {
  it('HTTP-92 speaks HTTP/2 where it is offered, a batch over one connection', async () => {
    const h2 = createSecureServer({ ...TLS, allowHTTP1: true }, (request, response) => {
      const { headers, httpVersion, method } = request
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        response.setHeader('set-cookie', ['a=1', 'b=2'])
        response.end(JSON.stringify({ headers, httpVersion, method, body: Buffer.concat(chunks).length }))
      })
    })
    await using server = await listening(h2, 'https')
    const { console } = await runHttp(
      `const r = http.post(url, 'x'.repeat(300000), { headers: { Host: 'else.test', Connection: 'close', 'X-Own': 'é' }, cookies: { c: 1 } })
      log(r.proto, r.status_text, r.tls_version, r.tls_cipher_suite.startsWith('TLS_'), r.ocsp.status, Object.keys(r.cookies))
      const seen = r.json()
      log(seen.headers[':authority'], seen.headers.connection, seen.body, seen.headers.cookie, seen.httpVersion)
      log(http.batch(Array(8).fill(url)).map((one) => one.proto).join())`,
      server,
      { options: TRUSTING },
    )
    assert.deepEqual(console, [
      'HTTP/2.0 200 OK tls1.3 true unknown ["a","b"]',
      'else.test undefined 300000 c=1 2.0',
      Array(8).fill('HTTP/2.0').join(),
    ])
    // One for the request that wanted it closed, one for the batch.
    assert.equal(server.connections.length, 2)
  })

  it('HTTP-92 and HTTP-89 keep nothing of HTTP/2 with noConnectionReuse', async () => {
    const h2 = createSecureServer(TLS, (_request, response) => response.end('ok'))
    await using server = await listening(h2, 'https')
    const { console } = await runHttp('log(http.batch([url, url, url]).map((r) => r.status).join())', server, {
      options: { ...TRUSTING, noConnectionReuse: true },
    })
    assert.deepEqual(console, ['200,200,200'])
    assert.equal(server.connections.length, 3)
  })

  it('one that is given up while HTTP/2 is being agreed on leaves the connection to those that wait for it, too', async () => {
    const h2 = createSecureServer(TLS, (_request, response) => response.end('ok'))
    await using server = await listening(h2, 'https')
    const { console } = await runHttp(
      `const given = new AbortController()
      const both = Promise.allSettled([fetch(url, { signal: given.signal }), fetch(url)])
      await new Promise((resolve) => setTimeout(resolve, 0))
      given.abort()
      const [first, second] = await both
      log(first.status, await second.value?.text())`,
      server,
      { isAsync: true, options: TRUSTING },
    )
    assert.deepEqual(console, ['rejected ok'])
  })

  it('HTTP-93 follows the TLS options and reports what was agreed on', async () => {
    await using server = await rawServer(reply('ok').toString(), {
      tls: { ...TLS, ca: fixture('ca.pem'), requestCert: true, rejectUnauthorized: true },
    })
    const { console } = await runHttp(
      `const r = http.get(url); log(r.status, r.proto, r.tls_version, r.tls_cipher_suite)`,
      server,
      {
        options: {
          ...TRUSTING,
          tlsVersion: { min: 'tls1.2', max: 'tls1.2' },
          tlsCipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
          tlsAuth: [{ cert: fixture('client.pem'), key: fixture('client.key') }],
        },
      },
    )
    assert.deepEqual(console, ['200 HTTP/1.1 tls1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'])
  })
})

describe('k6/http: rate', () => {
  it('HTTP-95 spaces the requests of all virtual users, and counts the wait for nothing', async () => {
    const times: number[] = []
    await using server = await httpServer((_request, response) => {
      times.push(performance.now())
      response.end('ok')
    })
    const { samples } = await runHttp('http.get(url)', server, {
      options: { vus: 4, iterations: 12, rps: 20 },
      flags: ['--shards', '2'],
      samples: true,
    })
    assert.equal(times.length, 12)
    assert.ok(times.at(-1)! - times[0]! >= 300, `${times.at(-1)! - times[0]!}`)
    const blocked = samples.filter(({ metric }) => metric === 'http_req_duration').map(({ value }) => value)
    assert.ok(blocked.reduce((sum, value) => sum + value, 0) / blocked.length < 150)
  })
})

describe('k6/http: proxies', () => {
  for (const scheme of ['http', 'https'] as const) {
    it(`HTTP-94 uses the proxies of the environment over ${scheme}, with credentials, and goes to loopback directly`, () =>
      throughProxy(scheme))
  }
})

async function throughProxy(scheme: 'http' | 'https'): Promise<void> {
  const seen: string[] = []
  await using target = await rawServer(reply('secure').toString(), { tls: TLS })
  const onSocket = (socket: Socket): void => {
    socket.on('error', () => {})
    socket.once('data', (chunk) => {
      const head = chunk.toString()
      seen.push(head)
      if (!head.startsWith('CONNECT')) {
        socket.write(reply('by proxy'))
        return
      }
      const through = connect(target.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        through.pipe(socket).pipe(through)
      })
      through.on('error', () => {})
    })
  }
  const proxy = scheme === 'http' ? createServer(onSocket) : createTlsServer(TLS, onSocket)
  await using server = await listening(proxy, scheme)
  await using direct = await rawServer(reply('direct').toString())
  const script = `
      import http from 'k6/http'
      export const options = { insecureSkipTLSVerify: true, blockHostnames: ['blocked.test'] }
      export default function () {
        console.log(http.get('http://target.test/path?q=1').body)
        const r = http.get('https://target.test/secret')
        console.log(r.body, r.remote_port === ${server.port})
        console.log(http.get('${direct.url}').body)
        console.log(http.get('http://blocked.test/').error_code, http.get('https://blocked.test/').error_code)
      }`
  const proxied = `${scheme}://us%20er:pw@127.0.0.1:${server.port}`
  const { stderr } = await runCli(['run', '-q', '--log-format', 'raw', 's.js'], {
    files: { 's.js': script },
    env: { HTTP_PROXY: proxied, https_proxy: proxied },
  })
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Request Failed'))
  assert.deepEqual(lines, ['by proxy', 'secure true', 'direct', '1111 1111'])
  const credentials = `Proxy-Authorization: Basic ${Buffer.from('us er:pw').toString('base64')}`
  assert.equal(seen.length, 2)
  assert.ok(
    seen[0]!.startsWith('GET http://target.test/path?q=1 HTTP/1.1\r\nHost: target.test\r\n') &&
      seen[0]!.includes(credentials),
  )
  assert.ok(seen[1]!.startsWith('CONNECT target.test:443 HTTP/1.1\r\n') && seen[1]!.includes(credentials))
}
