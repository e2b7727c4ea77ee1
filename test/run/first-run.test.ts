import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

describe('a run', () => {
  it('runs a script against a server and counts what it did', async () => {
    const result = await runScript(
      `
      import { Socket } from 'k6/x/tcp'
      export const options = { vus: 2, iterations: 6 }
      export default async function () {
        const socket = new Socket()
        const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
        socket.on('data', (data: Uint8Array) => {
          console.log(String.fromCharCode(...data))
          socket.destroy()
        })
        await socket.connect(__ENV.TCP_ECHO_PORT, __ENV.TCP_ECHO_HOST)
        await socket.write('hello')
        await closed
      }`,
      { flags: ['--echo'], samples: true },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, Array(6).fill('hello'))
    assert.equal(result.summary.metrics['iterations']?.['count'], 6)
    assert.equal(result.samples.filter(({ metric }) => metric === 'tcp_reads').length, 6)
    assert.match(result.stdout, /iterations\.+: 6/)
  })
})
