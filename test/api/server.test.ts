import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { type ApiServer, startApiServer } from '../../src/api/server.js'
import { Log } from '../../src/log/log.js'
import type { LogRecord } from '../../src/log/record.js'
import { FakeRun } from '../helpers/fake-run.js'

const LOCAL = { host: '127.0.0.1', port: 0 }

async function withServer(
  test: (server: ApiServer, run: FakeRun, log: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  const log: LogRecord[] = []
  const run = new FakeRun()
  const server = await startApiServer(LOCAL, run, new Log('debug', (record) => log.push(record)))
  try {
    await test(server, run, log)
  } finally {
    await server.close()
  }
}

const url = ({ address }: ApiServer, path: string): string => `http://127.0.0.1:${address.port}${path}`

/** The status of an answer; unlike `fetch`, any header can be given. */
function ask(port: number, method: string, headers: OutgoingHttpHeaders): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/v1/status', method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    sent.end(method === 'PATCH' ? '{}' : undefined)
  })
}

describe('server of the control API', () => {
  it('says which port it got, and ignores queries', () =>
    withServer(async (server) => {
      assert.ok(server.address.port > 0)
      const response = await fetch(url(server, '/v1/status?pretty=1'))
      assert.equal(response.status, 200)
    }))

  it('says that a port is taken', () =>
    withServer(async (server) => {
      const second = startApiServer(server.address, new FakeRun(), new Log('error', () => {}))
      await assert.rejects(second, {
        code: 'ERR_API_LISTEN',
        exitCode: 106,
        hint: 'another program, perhaps another run, has this port: choose another one with --address',
      })
    }))

  it('does not let pages of other sites control or read the test, whatever their name resolves to', () =>
    withServer(async (server, run) => {
      const { port } = server.address
      const own = `http://127.0.0.1:${port}`
      for (const [headers, status] of [
        [{ origin: 'https://example.com' }, 403],
        [{ host: `evil.example:${port}`, origin: `http://evil.example:${port}` }, 403],
        [{ host: `127.0.0.1.evil.example:${port}` }, 403],
        [{ 'sec-fetch-site': 'cross-site' }, 403],
        [{ origin: own }, 200],
        [{ host: `localhost:${port}` }, 200],
        [{ host: `[::1]:${port}` }, 200],
      ] as const) {
        assert.equal(await ask(port, 'PATCH', headers), status, JSON.stringify(headers))
        assert.equal(await ask(port, 'GET', headers), status, JSON.stringify(headers))
      }
      assert.equal(run.changes.length, 3)
    }))

  it('bound elsewhere, answers plain requests by any name, and no browsers', async () => {
    const server = await startApiServer({ host: '', port: 0 }, new FakeRun(), new Log('error', () => {}))
    const { port } = server.address
    assert.equal(await ask(port, 'GET', { host: 'runner-1.test.svc' }), 200)
    assert.equal(await ask(port, 'GET', { host: 'runner-1', origin: 'http://runner-1' }), 403)
    assert.equal(await ask(port, 'GET', { host: 'evil.example', 'user-agent': 'Mozilla/5.0 (X11)' }), 403)
    await server.close()
  })

  it('with a token, needs it for every request, wherever it comes from', async () => {
    const server = await startApiServer(LOCAL, new FakeRun(), new Log('error', () => {}), 'secret')
    const { port } = server.address
    assert.equal(await ask(port, 'GET', {}), 401)
    assert.equal(await ask(port, 'GET', { authorization: 'Bearer secre' }), 401)
    assert.equal(await ask(port, 'GET', { authorization: 'Bearer secret', origin: 'https://dashboard.example' }), 200)
    await server.close()
  })

  it('answers 500 and logs when something unforeseen fails', () =>
    withServer(async (server, run, log) => {
      run.failure = new TypeError('a bug')
      const response = await fetch(url(server, '/v1/status'), { method: 'PATCH', body: '{}' })
      assert.equal(response.status, 500)
      assert.equal(log[0]?.msg, 'the control API could not answer')
      assert.deepEqual(log[0]?.fields, { error: 'a bug' })
    }))

  it('takes no notice of a client that goes away in the middle of its body', () =>
    withServer(async (server, _run, log) => {
      await new Promise<void>((resolve) => {
        const socket = connect(server.address.port, '127.0.0.1', () => {
          socket.end('PATCH /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"data"')
        })
        socket.resume().on('close', () => resolve())
      })
      assert.equal((await fetch(url(server, '/v1/status'))).status, 200)
      assert.deepEqual(log, [])
    }))

  for (const path of ['/v1/setup', '/v1/status'])
    it(`refuses a body of more than a megabyte for ${path} with 413, and goes on`, () =>
      withServer(async (server) => {
        const send = (body: string) =>
          fetch(url(server, path), { method: path === '/v1/setup' ? 'PUT' : 'PATCH', body })
        const response = await send(`"${'x'.repeat(20_000_000)}"`)
        assert.equal(response.status, 413)
        const detail = 'the body has 20000002 bytes, the most is 1000000'
        assert.deepEqual(await response.json(), { errors: [{ status: '413', title: 'Too large', detail }] })
        assert.equal((await send(path === '/v1/setup' ? `"${'x'.repeat(999_998)}"` : '{}')).status, 200)
      }))

  it('answers beside a thousand connections whose requests never end', () =>
    withServer(async (server, run) => {
      const { port } = server.address
      const head = `Host: 127.0.0.1:${port}\r\n`
      const beginnings = [
        'GET /v1/st',
        `PATCH /v1/status HTTP/1.1\r\n${head}Content-Length: 100000\r\n\r\n{`,
        `PATCH /v1/status HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
      ]
      const sockets = await Promise.all(
        Array.from({ length: 1000 }, async (_, i) => {
          const socket = connect(port, '127.0.0.1')
          socket.on('error', () => {})
          await once(socket, 'connect')
          socket.write(beginnings[i % beginnings.length] as string)
          return socket
        }),
      )
      try {
        assert.equal(await ask(port, 'GET', {}), 200)
        assert.equal(await ask(port, 'PATCH', {}), 200)
        assert.equal(run.changes.length, 1)
      } finally {
        for (const socket of sockets) socket.destroy()
      }
    }))

  it('closes although a client is connected, and may be closed twice', () =>
    withServer(async (server) => {
      const socket = connect(server.address.port, '127.0.0.1')
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.on('error', () => {})
      await Promise.all([server.close(), server.close()])
      socket.destroy()
      await assert.rejects(fetch(url(server, '/v1/status')))
    }))
})
