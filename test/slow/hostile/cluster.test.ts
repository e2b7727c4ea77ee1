/** Coordinators and agents whose NATS is another program, or lies: they end by themselves and say so, before a test has begun. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chosenModes } from '../../helpers/hostile/play.js'
import { hostileServer } from '../../helpers/hostile/server.js'
import { NATS_MODES } from '../../helpers/hostile/wire.js'
import { runCli } from '../../helpers/run-cli.js'

const SCRIPT = 'export const options = { iterations: 4, vus: 2 }\nexport default () => {}'

for (const [index, [what, ...command]] of [
  ['sockeye run', 'run', 'script.js', '-q', '--instances', '1', '--wait', '2s', '--insecure-nats'],
  ['sockeye agent', 'agent', '--insecure-nats'],
  ['sockeye agents', 'agents'],
].entries()) {
  describe(`${what}, with a NATS that gives`, { concurrency: 4 }, () => {
    for (const [mode, serve] of chosenModes(NATS_MODES, index)) {
      it(mode, { timeout: 60_000 }, async () => {
        await using server = await hostileServer(serve)
        const { exitCode, stderr } = await runCli([...command, '--nats', `nats://127.0.0.1:${server.port}`], {
          files: { 'script.js': SCRIPT },
        })
        assert.equal(exitCode, 255, stderr)
        assert.match(stderr, new RegExp(`NATS at 127\\.0\\.0\\.1:${server.port}: `))
        assert.doesNotMatch(stderr, /init code|This is a bug/)
      })
    }
  })
}
