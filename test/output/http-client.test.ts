import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { describe, it } from 'node:test'
import { HttpClient } from '../../src/output/push/http-client.js'

describe('the HTTP client of outputs', () => {
  it('takes a new connection when the server ends an idle one just as it is used', async () => {
    const known = new Set<Socket>()
    let answered = 0
    const server = createServer((request, response) => {
      // One answer per connection; what comes then meets its end.
      if (known.has(request.socket)) return void request.socket.destroy()
      known.add(request.socket)
      answered++
      request.resume().on('end', () => response.writeHead(204).end())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = new HttpClient({ timeoutMs: 10_000 })
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/write`)
    for (let i = 0; i < 3; i++) await client.post({ url, headers: {}, body: 'a' })
    client.close()
    server.close()
    assert.deepEqual([answered, known.size], [3, 3])
  })

  it('follows redirects, and gives credentials only to the server that they are for', async () => {
    const seen: [server: string, authorization: string | undefined, tenant: string | string[] | undefined][] = []
    const listen = async (name: string, location: () => string | undefined) => {
      const server = createServer(({ headers, url = '' }, response) => {
        seen.push([`${name} ${url}`, headers.authorization, headers['x-tenant']])
        const to = url === '/end' ? undefined : location()
        if (to === undefined) response.writeHead(204).end()
        else response.writeHead(307, { Location: to }).end()
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return { server, port: (server.address() as AddressInfo).port }
    }
    const other = await listen('other', () => '/end')
    const first = await listen('first', () => (seen.length === 1 ? '/again' : `http://127.0.0.1:${other.port}/write`))
    const client = new HttpClient({ timeoutMs: 10_000 })
    const url = new URL(`http://127.0.0.1:${first.port}/write`)
    await client.post({ url, headers: { Authorization: 'Bearer secret', 'X-Tenant': 'a' }, body: 'a' })
    client.close()
    for (const { server } of [first, other]) server.close()
    assert.deepEqual(seen, [
      ['first /write', 'Bearer secret', 'a'],
      ['first /again', 'Bearer secret', 'a'],
      ['other /write', undefined, 'a'],
      ['other /end', undefined, 'a'],
    ])
  })
})
