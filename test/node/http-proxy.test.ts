/** Proxies of the environment under `node:http` and `node:https`. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createCertificate } from '../../src/echo/certificate.js'
import { inFolder } from '../helpers/cli.js'

/** A port whose tunnel brings bytes with the answer of the proxy. */
const TALKATIVE = 9

describe('proxies of the environment under node:http', () => {
  const asked: string[] = []
  const plain = createServer((message, response) => response.end(`plain ${message.url}`))
  const secure = createTlsServer(createCertificate(['target.test']), (_message, response) => response.end('secure'))
  /** Sends everything to the servers here, whatever name it is asked for. */
  const proxy = createServer((message, response) => {
    asked.push(`${message.method} ${message.url} ${message.headers['proxy-authorization'] ?? ''}`)
    const { pathname, port } = new URL(message.url as string)
    const onwards = request({ host: '127.0.0.1', port, path: pathname }, (answer) => answer.pipe(response))
    onwards.end()
  })
  proxy.on('connect', (message: IncomingMessage, socket, head: Buffer) => {
    asked.push(`CONNECT ${message.url} ${message.headers['proxy-authorization'] ?? ''}`)
    const port = Number(message.url?.split(':').at(-1))
    if (port === TALKATIVE) {
      // What the target says at once comes in one piece with the answer of the proxy.
      socket.end('HTTP/1.1 200 OK\r\n\r\nno TLS at all')
      return
    }
    const onwards = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onwards.write(head)
      socket.pipe(onwards).pipe(socket)
    })
    onwards.on('error', () => socket.destroy())
    socket.on('error', () => onwards.destroy())
  })
  const portOf = (server: Server): number => (server.address() as AddressInfo).port

  before(async () => {
    for (const server of [plain, secure, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  after(() => {
    for (const server of [plain, secure, proxy]) server.close()
  })

  it('carry requests to names that are not exempt: the whole URL in plain HTTP, a tunnel for https', () =>
    inFolder(async ({ sockeye, write }) => {
      await write(
        's.ts',
        `import http from 'node:http'
         import https from 'node:https'
         export const options = { insecureSkipTLSVerify: true, blockHostnames: ['blocked.test'], iterations: 1 }
         const ask = (client, ...args) => new Promise((done) => {
           client.get(...args, async (response) => {
             let text = ''
             for await (const chunk of response) text += chunk
             done(text)
           }).on('error', (error) => done(error.message))
         })
         export default async function () {
           console.log(await ask(http, 'http://target.test:${portOf(plain)}/a?b'))
           console.log(await ask(http, { hostname: 'target.test', port: ${portOf(plain)}, path: '/options' }))
           console.log(await ask(https, 'https://target.test:${portOf(secure)}/'))
           console.log(await ask(http, 'http://127.0.0.1:${portOf(plain)}/direct'))
           console.log(await ask(http, 'http://blocked.test/'))
           console.log(await ask(https, 'https://target.test:1/'))
           console.log(await ask(https, 'https://target.test:${TALKATIVE}/'))
         }`,
      )
      const address = `http://user:secret@127.0.0.1:${portOf(proxy)}`
      const env = { HTTP_PROXY: address, HTTPS_PROXY: address }
      const { stdout, stderr, exitCode } = await sockeye(['run', '--quiet', '--log-format', 'raw', 's.ts'], { env })
      const lines = `${stdout}\n${stderr}`.split('\n')
      assert.equal(exitCode, 0, stdout + stderr)
      for (const line of [
        'plain /a',
        'plain /options',
        'secure',
        'plain /direct',
        'hostname (blocked.test) is in a blocked pattern (blocked.test)',
        'the proxy closed the connection',
      ]) {
        assert.ok(lines.includes(line), `${line}\n${stdout}${stderr}`)
      }
      const credentials = `Basic ${Buffer.from('user:secret').toString('base64')}`
      assert.deepEqual(asked, [
        `GET http://target.test:${portOf(plain)}/a?b ${credentials}`,
        `GET http://target.test:${portOf(plain)}/options ${credentials}`,
        `CONNECT target.test:${portOf(secure)} ${credentials}`,
        `CONNECT target.test:1 ${credentials}`,
        `CONNECT target.test:${TALKATIVE} ${credentials}`,
      ])
      assert.match(`${stdout}${stderr}`, /wrong version number|packet length too long/)
    }))
})
