/** `node:http` and `node:https` in a virtual user. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createCertificate } from '../../src/echo/certificate.js'
import { runScript } from '../helpers/run-script.js'

describe('node:http in a virtual user', () => {
  let server: Server
  let port: number
  let tlsPort: number
  let secure: Server
  let connections = 0

  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/gone') response.statusCode = 404
      request.resume().on('end', () => response.end(`${request.method} ${request.url}`))
    })
    server.on('connection', () => connections++)
    port = await listen(server)
    secure = createTlsServer(createCertificate(['localhost']), (_request, response) => response.end('secure'))
    tlsPort = await listen(secure)
  })
  after(() => {
    server.close()
    secure.close()
  })

  it('sends requests, which are measured as those of k6/http', async () => {
    const result = await runScript(
      `import http from 'node:http'
       const ask = (path, options = {}) => new Promise((done, fail) => {
         const request = http.request('http://127.0.0.1:${port}' + path, options, async (response) => {
           let text = ''
           for await (const chunk of response) text += chunk
           done(response.statusCode + ' ' + text)
         })
         request.on('error', fail)
         request.end(options.body)
       })
       export default async function () {
         console.log(await ask('/a'), await ask('/b', { method: 'POST', body: 'x' }), await ask('/gone'))
         await new Promise((done) => http.get('http://127.0.0.1:1/').on('error', (e) => done(console.log(e.code))))
       }`,
      { samples: true },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, ['200 GET /a 200 POST /b 404 GET /gone', 'ECONNREFUSED'])
    const requests = result.samples.filter(({ metric }) => metric === 'http_reqs')
    assert.deepEqual(
      requests.map(({ tags }) => [
        tags['method'],
        tags['status'],
        tags['expected_response'],
        new URL(String(tags['url'])).pathname,
      ]),
      [
        ['GET', '200', 'true', '/a'],
        ['POST', '200', 'true', '/b'],
        ['GET', '404', 'false', '/gone'],
        ['GET', '0', 'false', '/'],
      ],
    )
    const durations = result.samples.filter(({ metric }) => metric === 'http_req_duration')
    assert.ok(durations.length === 4 && durations.every(({ value }) => value >= 0))
  })

  it('keeps connections of a VU for that VU, within an iteration', async () => {
    connections = 0
    const result = await runScript(
      `import http from 'node:http'
       const ask = () => new Promise((done) => http.get('http://127.0.0.1:${port}', (r) => r.resume().on('end', done)))
       export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 3, iterations: 2 } } }
       export default async function () { for (let i = 0; i < 4; i++) { await ask(); await new Promise(setImmediate) } }`,
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.equal(connections, 6)
  })

  it('speaks TLS by the rules of the test', async () => {
    const script = (options: string) => `
      import https from 'node:https'
      export const options = { ${options} }
      export default function () {
        return new Promise((done) => {
          https.get('https://localhost:${tlsPort}', { ca: undefined }, (r) => { r.on('data', (d) => console.log(String(d))); r.on('end', done) })
            .on('error', (e) => done(console.log(e.code)))
        })
      }`
    const trusting = await runScript(script('insecureSkipTLSVerify: true'))
    assert.deepEqual(trusting.console, ['secure'], trusting.errors.join('\n'))
    const strict = await runScript(script(''))
    assert.deepEqual(strict.console, ['DEPTH_ZERO_SELF_SIGNED_CERT'], strict.errors.join('\n'))
  })

  it('upgrades an open connection to TLS, as STARTTLS does', async () => {
    const result = await runScript(`
      import net from 'node:net'
      import tls from 'node:tls'
      export const options = { insecureSkipTLSVerify: true }
      export default function () {
        const plain = net.connect(${tlsPort}, 'localhost', () => {
          const socket = tls.connect({ socket: plain, servername: 'localhost' }, () => {
            console.log(socket.encrypted, socket instanceof net.Socket, socket.getProtocol(), socket.authorized)
            socket.write('GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n')
          })
          let text = ''
          socket.on('data', (data) => (text += data))
          socket.on('close', () => console.log(text.endsWith('secure\\r\\n0\\r\\n\\r\\n') || text.endsWith('secure')))
        })
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, ['true true TLSv1.3 false', 'true'])
  })
})

async function listen(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
