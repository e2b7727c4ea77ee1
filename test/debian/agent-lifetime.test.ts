/** Agents that were started for one run, as in a Job of Kubernetes: they end by themselves. Needs nats-server, as nats-transport.test.ts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Machines } from './machines.js'
import { whyNoNats } from './nats-server.js'

const SCRIPT = `
  export const options = { vus: 4, iterations: 40 }
  export default function () {}
`

describe('an agent for one run', { skip: whyNoNats() }, () => {
  it('ends after it with --once, though it waited less long than --idle', async () => {
    await using machines = await Machines.start(0, SCRIPT)
    const agents = [await machines.addAgent('--once', '--idle', '1h'), await machines.addAgent('--once')]
    const run = machines.run('--instances', '2')
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /iterations\.+: 40 /)
    for (const { ended, output } of agents) {
      assert.equal(await ended, 0, output)
      assert.doesNotMatch(output, /NATS is not there/)
    }
  })

  it('ends with --idle when no run comes, or none after the last', async () => {
    await using machines = await Machines.start(0, SCRIPT)
    const [idle, busy] = [
      await machines.addAgent('--idle', '500ms'),
      await machines.addAgent('--idle', '20s', '--label', 'a=b'),
    ]
    assert.equal(await idle.ended, 0, idle.output)
    const run = machines.run('--instances', '1', '--require', 'a=b')
    assert.equal(await run.ended, 0, run.output)
    assert.equal(await busy.ended, 0, busy.output)
  })

  it('says what is wrong with a duration', async () => {
    await using machines = await Machines.start(0)
    await assert.rejects(machines.addAgent('--idle', 'soon'), /'soon' is invalid.*such as 15m/)
  })
})
