import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { echoCommand } from '../../../src/cli/commands/echo.js'

const FREE_PORTS = ['--tcp-port', '0', '--tls-port', '0', '--ws-port', '0', '--wss-port', '0']

describe('sockeye echo', () => {
  it('prints where it listens and stops when told', async () => {
    let printed = ''
    let stopped = false
    const print = (text: string) => {
      printed += text
    }
    const untilStopped = async () => {
      assert.match(printed, /^ {2}TCP +127\.0\.0\.1:\d+$/m)
      assert.match(printed, /^ {2}WebSocket, TLS +wss:\/\/127\.0\.0\.1:\d+$/m)
      stopped = true
    }
    await echoCommand({ print, untilStopped }).parseAsync(FREE_PORTS, { from: 'user' })
    assert.ok(stopped)
  })

  it('refuses what is no port', async () => {
    for (const port of ['65536', '-1', 'http', '1.5', '']) {
      const command = echoCommand({ print: () => {}, untilStopped: async () => {} })
      command.exitOverride().configureOutput({ writeErr: () => {} })
      const parsed = command.parseAsync([`--tcp-port=${port}`], { from: 'user' })
      await assert.rejects(parsed, /a port is a whole number from 0 to 65535/)
    }
  })
})
