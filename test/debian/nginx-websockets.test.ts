/**
 * nginx of Debian between a script and its server: as a WebSocket proxy and as a TLS terminator. Runs where the variable
 * SOCKEYE_DEBIAN_TESTS is set and `nginx` is installed; a missing nginx is then a failure.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { freePort, runBody, startServer, type TestServer } from '../conformance/websockets-support.js'
import { type Daemon, FIXTURES, startNginx } from './daemon.js'

describe('nginx', {
  skip: process.env['SOCKEYE_DEBIAN_TESTS'] === undefined && 'SOCKEYE_DEBIAN_TESTS is not set',
}, () => {
  let server: TestServer
  let nginx: Daemon
  let plainPort: number
  let tlsPort: number

  before(async () => {
    server = await startServer({ deflate: true })
    plainPort = await freePort()
    tlsPort = await freePort()
    nginx = await startNginx(servers(), [plainPort, tlsPort])
  })
  after(async () => {
    await nginx?.stop()
    await server?.close()
  })

  function servers(): string {
    const proxied = `location / { proxy_pass http://127.0.0.1:${server.port}; proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_set_header Host $host; proxy_read_timeout 2s; }`
    return `server { listen 127.0.0.1:${plainPort}; ${proxied} location /nothing { return 403; } }
      server { listen 127.0.0.1:${tlsPort} ssl; ssl_certificate ${FIXTURES}server.pem; ssl_certificate_key ${FIXTURES}server.key; ${proxied} }`
  }

  const ECHO = `
    ws.onopen = () => { for (const size of [1, 126, 70000]) ws.send('x'.repeat(size)) }
    const sizes = []
    ws.onmessage = ({ data }) => { sizes.push(data.length); if (sizes.length === 3) ws.close(1000, 'done') }
    ws.onerror = ({ error }) => log(error)
    ws.onclose = ({ code, reason }) => log(sizes.join(), code, reason)`

  it('passes messages as a proxy, with and without compression', async () => {
    for (const params of ['', ", null, { compression: 'deflate' }"]) {
      const result = await runBody(
        { url: `ws://127.0.0.1:${plainPort}` },
        `const ws = new WebSocket(URL${params})${ECHO}`,
      )
      assert.deepEqual(result.console, ['1,126,70000 1000 done'])
    }
  })

  it('terminates TLS', async () => {
    const result = await runBody({ url: `wss://localhost:${tlsPort}` }, `const ws = new WebSocket(URL)${ECHO}`, {
      flags: ['--insecure-skip-tls-verify'],
    })
    assert.deepEqual(result.console, ['1,126,70000 1000 done'])
  })

  it('refuses with a status', async () => {
    const body = 'const ws = new WebSocket(URL); ws.onerror = ({ message }) => log(message)'
    const result = await runBody({ url: `ws://127.0.0.1:${plainPort}/nothing` }, body)
    assert.deepEqual(result.console, ['websocket: bad handshake: the server answered HTTP 403 instead of 101'])
  })

  it('ends a session that is idle for too long without a close frame', async () => {
    const body = `const ws = new WebSocket(URL)
      ws.onerror = ({ error }) => log(error)
      ws.onclose = ({ code }) => log(code)`
    const result = await runBody({ url: `ws://127.0.0.1:${plainPort}` }, body)
    assert.deepEqual(result.console, ['websocket: close 1006 (abnormal closure): unexpected EOF', '1006'])
  })
})
