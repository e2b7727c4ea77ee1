/** Proxies that are spoken to over TLS: sockets of every module through them, and modules from the network. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer, type Server } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { WebSocketServer } from 'ws'
import { runCli } from '../helpers/run-cli.js'

const pem = (name: string): string => join(process.cwd(), 'test', 'fixtures', 'tls', name)
const TLS = { key: readFileSync(pem('server.key')), cert: readFileSync(pem('server.pem')) }

/** Servers with what they serve: an echo, and a module. */
const target = {
  plain: createServer(serveModule),
  secure: createSecureServer(TLS, serveModule),
}

function serveModule(_request: unknown, response: { end(text: string): void }): void {
  response.end(`export const from = 'the network'`)
}

describe('a proxy of https', () => {
  const asked: string[] = []
  const proxy = createSecureServer(TLS)
  let env: Record<string, string>
  before(async () => {
    for (const server of Object.values(target)) {
      const sockets = new WebSocketServer({ server: server as Server })
      sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))))
    }
    proxy.on('connect', (request, socket: Socket) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization']}`)
      // The name is the proxy's to resolve.
      const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
      for (const end of [upstream, socket]) end.on('error', () => undefined)
    })
    for (const server of [target.plain, target.secure, proxy]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    }
    const address = `https://user:secret@localhost:${portOf(proxy)}`
    env = { SSL_CERT_FILE: pem('ca.pem'), HTTP_PROXY: address, HTTPS_PROXY: address }
  })
  beforeEach(() => void asked.splice(0))
  after(() => {
    for (const server of [target.plain, target.secure, proxy]) {
      server.close()
      server.closeAllConnections()
    }
  })

  const tunnelTo = (server: keyof typeof target): string =>
    `echo.sock.test:${portOf(target[server])} Basic ${Buffer.from('user:secret').toString('base64')}`

  const clients: Record<string, (url: string) => string> = {
    'k6/ws': (url) => `
      import ws from 'k6/ws'
      export default function () {
        ws.connect('${url}', null, (socket) => {
          socket.on('open', () => socket.send('hello'))
          socket.on('message', (data) => { console.log('got ' + data); socket.close() })
          socket.on('error', (e) => console.log(e.error()))
        })
      }`,
    'k6/websockets': (url) => `import { WebSocket } from 'k6/websockets'${standard(url)}`,
    'the global WebSocket': standard,
  }
  for (const [name, script] of Object.entries(clients)) {
    it(`leads ${name} to servers with and without TLS`, async () => {
      for (const server of ['plain', 'secure'] as const) {
        asked.length = 0
        const url = `${server === 'plain' ? 'ws' : 'wss'}://echo.sock.test:${portOf(target[server])}/`
        const { stderr } = await runCli(['run', '--quiet', 'script.js'], { files: { 'script.js': script(url) }, env })
        assert.match(stderr, /msg="got hello"/)
        assert.deepEqual(asked, [tunnelTo(server)])
      }
    })
  }

  it('leads to modules of the network', async () => {
    const script = `import { from } from 'https://echo.sock.test:${portOf(target.secure)}/m.js'
      export default function () { console.log('from ' + from) }`
    const { stderr } = await runCli(['run', '--quiet', 'script.js'], { files: { 'script.js': script }, env })
    assert.match(stderr, /msg="from the network"/)
    assert.deepEqual(asked, [tunnelTo('secure')])
  })

  it('whose certificate nobody vouches for is a failure of each of them', async () => {
    const { SSL_CERT_FILE: _, ...untrusting } = env
    const url = `ws://echo.sock.test:${portOf(target.plain)}/`
    for (const script of Object.values(clients)) {
      const result = await runCli(['run', '--quiet', 'script.js'], {
        files: { 'script.js': script(url) },
        env: untrusting,
      })
      assert.match(result.stderr, /proxyconnect tcp: tls: failed to verify certificate: x509: /)
    }
    const module = `import 'https://echo.sock.test:${portOf(target.secure)}/m.js'\nexport default () => {}`
    const result = await runCli(['run', '--quiet', 'script.js'], { files: { 'script.js': module }, env: untrusting })
    assert.equal(result.exitCode, 107)
    assert.match(result.stderr, /couldn't be retrieved .*x509: /)
    assert.deepEqual(asked, [])
  })
})

function standard(url: string): string {
  return `
    export default function () {
      const socket = new WebSocket('${url}')
      socket.onopen = () => socket.send('hello')
      socket.onmessage = ({ data }) => { console.log('got ' + data); socket.close() }
      socket.onerror = (e) => console.log(e.error)
    }`
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port
}
