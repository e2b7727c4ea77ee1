/** The examples of the public k6 documentation of `k6/x/tcp` run unchanged; both pages about `on()` show the same one. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'
import { echoServer } from '../helpers/tcp-server.js'

function seed(name: string): string {
  return readFileSync(join(process.cwd(), 'test', 'fixtures', 'seeds', name), 'utf8')
}

describe('documented examples of k6/x/tcp', () => {
  it('Socket: connects to the host and port of the environment', async () => {
    await using server = await echoServer()
    const { exitCode, console, errors } = await runScript(seed('tcp-socket.js'), {
      name: 'script.js',
      env: { TCP_HOST: 'echo.test', TCP_PORT: String(server.port) },
      config: { hosts: { 'echo.test': '127.0.0.1' } },
    })
    assert.equal(exitCode, 0, errors.join('\n'))
    assert.deepEqual(console, ['Connected. State: open', 'Received: Hello, server!', 'Connection closed'])
    assert.deepEqual(errors, [])
  })

  it('Socket.on: talks to example.com where a config file says that it is', async () => {
    await using server = await echoServer()
    const { exitCode, console, errors } = await runScript(seed('tcp-socket-on.js'), {
      name: 'script.js',
      config: { hosts: { 'example.com:8080': `127.0.0.1:${server.port}` } },
    })
    assert.equal(exitCode, 0, errors.join('\n'))
    assert.deepEqual(console, ['Connected to server', 'Received: Hello, server!', 'Connection closed'])
    assert.deepEqual(errors, [])
  })
})
