import assert from 'node:assert/strict'
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

  it('does not let pages of other sites control the test', () =>
    withServer(async (server, run) => {
      const patch = (origin: string): Promise<Response> =>
        fetch(url(server, '/v1/status'), { method: 'PATCH', body: '{}', headers: { origin } })
      assert.equal((await patch('https://example.com')).status, 403)
      assert.deepEqual(run.changes, [])
      assert.equal((await patch(`http://127.0.0.1:${server.address.port}`)).status, 200)
    }))

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
