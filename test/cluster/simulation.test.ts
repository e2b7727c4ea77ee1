/** Runs on many machines, in simulated time, on networks that lose, delay, double and reorder, with machines that die. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Coordinator,
  DURATION,
  ITERATIONS,
  Simulation,
  type SimulationOptions,
} from '../helpers/simulated-cluster.js'

const BAD_NETWORK = { loss: 0.1, duplication: 0.2, delay: [0, 300] } as const
const HOURS = 3 * 3_600_000

async function runOf(options: SimulationOptions): Promise<{ simulation: Simulation; coordinator: Coordinator }> {
  const simulation = new Simulation(options)
  const coordinator = simulation.coordinator()
  await simulation.time.until(coordinator.run())
  return { simulation, coordinator }
}

function counted(coordinator: Coordinator, instance: number): number {
  return coordinator.counted.get(instance) ?? 0
}

describe('a run on simulated machines', () => {
  it('does all of the work once, and is over as soon as the work is', async () => {
    const { simulation, coordinator } = await runOf({ seed: 1, machines: 7 })
    assert.equal(coordinator.total, ITERATIONS)
    assert.equal(coordinator.engine.progress().iterations.complete, ITERATIONS)
    assert.deepEqual(coordinator.engine.losses, [])
    assert.ok(simulation.time.now < DURATION + 5000, String(simulation.time.now))
    assert.ok(simulation.machines.every(({ agent }) => agent?.isBusy === false))
    assert.equal(simulation.network.files.size, 0)
  })

  it('calls setup and teardown once', async () => {
    const { simulation, coordinator } = await runOf({ seed: 2, machines: 5 })
    assert.deepEqual(
      simulation.machines.flatMap(({ calls }) => calls),
      ['setup', 'teardown'],
    )
    assert.equal(coordinator.log.filter((line) => line.startsWith('setup on')).length, 1)
  })

  it('starts all at one moment, though clocks are hours apart', async () => {
    const { simulation } = await runOf({ seed: 3, machines: 20, clockSpread: HOURS, delay: [1, 4] })
    const moments = simulation.machines.map(({ startedAt }) => startedAt as number)
    const spread = Math.max(...moments) - Math.min(...moments)
    assert.ok(spread <= 4, `they started within ${spread} ms`)
  })

  for (let seed = 1; seed <= 20; seed++) {
    it(`counts everything once on a bad network (seed ${seed})`, async () => {
      const { simulation, coordinator } = await runOf({
        seed,
        machines: 1 + (seed % 6),
        clockSpread: HOURS,
        ...BAD_NETWORK,
      })
      assert.deepEqual(coordinator.engine.losses, [])
      assert.equal(coordinator.total, ITERATIONS)
      for (const [i, { reported }] of simulation.machines.entries()) assert.equal(counted(coordinator, i), reported)
      await simulation.time.pass(30_000)
      assert.ok(simulation.machines.every(({ agent }) => agent?.isBusy === false))
    })
  }

  for (let seed = 100; seed < 140; seed++) {
    it(`states what is lost when machines die at any moment (seed ${seed})`, async () => {
      const simulation = new Simulation({ seed, machines: 5, clockSpread: HOURS, ...BAD_NETWORK })
      const coordinator = simulation.coordinator()
      const { random, machines, time } = simulation
      const victims = machines.slice(0, 1 + Math.floor(random() * 2))
      for (const victim of victims) time.after(random() * (DURATION + 6000), () => victim.kill())
      // With too few agents there is no run.
      const failure = await time.until(coordinator.run()).catch((error: { code?: string }) => error)
      if (failure !== undefined) assert.equal(failure.code, 'ERR_TOO_FEW_AGENTS')
      machines.forEach(({ reported, timing }, i) => {
        if (timing.isDead) assert.ok(counted(coordinator, i) <= reported)
        else assert.equal(counted(coordinator, i), reported, `machine ${i}`)
      })
      const isWhole = coordinator.total === ITERATIONS
      const isStated = coordinator.engine.losses.length > 0 || coordinator.lost.length > 0 || failure !== undefined
      const isTold = coordinator.log.some((line) => line.includes('was lost after its part'))
      assert.ok(isWhole || isStated || isTold, 'work is missing, and nobody says so')
      await time.pass(40_000)
      for (const { agent, timing } of machines) assert.ok(timing.isDead || agent?.isBusy === false)
    })
  }

  for (const onLost of ['continue', 'replace'] as const) {
    it(`ends when its last machine is lost, also with --on-lost ${onLost}`, async () => {
      const simulation = new Simulation({ seed: 5, machines: 2, delay: [1, 5] })
      const { time, machines } = simulation
      const coordinator = simulation.coordinator({ wanted: { count: 2, require: {}, waitMs: 0 }, onLost })
      const over = coordinator.run()
      while (machines[0]?.startedAt === undefined) await time.pass(50)
      for (const machine of machines) machine.kill()
      await time.until(over)
      assert.match(coordinator.lost.join(), /no instance is left/)
    })
  }

  for (let seed = 200; seed < 220; seed++) {
    it(`moves the part of a machine that dies to another one, and does no work twice (seed ${seed})`, async () => {
      const simulation = new Simulation({
        seed,
        machines: 6,
        clockSpread: HOURS,
        loss: 0.05,
        duplication: 0.1,
        delay: [0, 100],
      })
      const wanted = { count: 4, require: {}, waitMs: 0 }
      const coordinator = simulation.coordinator({ wanted, onLost: 'replace' })
      const [victim] = simulation.machines
      simulation.time.after(800 + simulation.random() * (DURATION + 1000), () => victim?.kill())
      await simulation.time.until(coordinator.run())
      const { losses } = coordinator.engine
      assert.ok(coordinator.total <= ITERATIONS, `${coordinator.total} iterations are too many`)
      if (losses.length > 0 && coordinator.lost.length === 0) {
        assert.match(losses.join('\n'), /took over 25 % of the test[\s\S]*rates are of what was done/)
        // What the victim did and had not reported.
        const unreported = (victim?.done ?? 0) - counted(coordinator, 0)
        assert.ok(ITERATIONS - coordinator.total <= unreported, `${coordinator.total}, ${unreported}`)
      } else if (coordinator.lost.length === 0) {
        assert.equal(coordinator.total, ITERATIONS)
      }
    })
  }

  it('tells a machine that takes over when the test began, and how long it stood still', async () => {
    const simulation = new Simulation({ seed: 7, machines: 3, delay: [1, 2], clockSpread: HOURS })
    const { time, machines } = simulation
    const wanted = { count: 2, require: {}, waitMs: 0 }
    const coordinator = simulation.coordinator({ wanted, onLost: 'replace' })
    const over = coordinator.run()
    while (machines[0]?.startedAt === undefined) await time.pass(50)
    const start = machines[0].startedAt
    await time.pass(1000)
    coordinator.engine.pause()
    await time.pass(500)
    coordinator.engine.resume()
    machines[0].kill()
    await time.until(over)
    const heir = machines[2]
    assert.ok(heir?.begunAt !== undefined && Math.abs(heir.begunAt - (machines[1]?.begunAt ?? 0)) < 10)
    const { ago = 0, pauses = [] } = heir.past ?? {}
    assert.ok(Math.abs(ago - ((heir.startedAt ?? 0) - start)) < 10, `${ago} ms ago`)
    assert.equal(pauses.length, 1)
    const [{ from, to }] = pauses as [{ from: number; to: number }]
    assert.ok(Math.abs(to - from - 500) < 10 && Math.abs(from - 1000) < 60, `${from} to ${to}`)
  })

  it('lets an agent go whose claim was on the road for longer than anybody waited', async () => {
    const simulation = new Simulation({ seed: 3, machines: 1, delay: [2500, 2600] })
    const failure = await simulation.time
      .until(simulation.coordinator({ wanted: { count: 1, require: {}, waitMs: 0 } }).run())
      .catch((error: { code?: string }) => error)
    assert.notEqual(failure, undefined)
    await simulation.time.pass(6000)
    assert.equal(simulation.machines[0]?.agent?.isBusy, false)
  })

  it('warns of clocks that are hours apart, and measures as ever', async () => {
    const { coordinator } = await runOf({ seed: 11, machines: 4, wallClockSpread: HOURS })
    const told = coordinator.log.filter((line) => /the clock of agent "m\d+" is \d+ s (ahead of|behind)/.test(line))
    assert.equal(told.length, 4, coordinator.log.join('\n'))
    assert.equal(coordinator.total, ITERATIONS)
  })

  it('loses nothing when the network is away for three seconds, at any moment', async () => {
    for (let at = 300; at < DURATION + 1500; at += 700) {
      const simulation = new Simulation({ seed: at, machines: 4, delay: [1, 5] })
      const coordinator = simulation.coordinator()
      simulation.time.after(at, () => void simulation.network.restart(3000))
      const failure = await simulation.time.until(coordinator.run()).catch((error: { code?: string }) => error)
      if (failure !== undefined) {
        // Before there are any agents, and while the test is stored, somebody must be there.
        assert.ok(at < 1500, `${at}: ${failure.code}`)
        continue
      }
      assert.deepEqual(coordinator.engine.losses, [], `away at ${at}`)
      assert.equal(coordinator.total, ITERATIONS, `away at ${at}`)
    }
  })

  it('ends on every machine when the coordinator dies, and what was measured is kept', async () => {
    for (let at = 0; at < DURATION + 3000; at += 500) {
      const kept: string[] = []
      const simulation = new Simulation({
        seed: at,
        machines: 3,
        delay: [1, 20],
        keep: ({ run }) => ({
          results: undefined,
          end: async ({ progress }) => void kept.push(`${run}: ${progress.iterations.complete}`),
        }),
      })
      const coordinator = simulation.coordinator()
      simulation.time.after(at, () => coordinator.machine.kill())
      coordinator.run().catch(() => undefined)
      await simulation.time.pass(at + 30_000)
      for (const { agent } of simulation.machines) assert.equal(agent?.isBusy, false, `killed at ${at}`)
      if (at > 4000 && at < DURATION) assert.equal(kept.length, 3, `killed at ${at}`)
    }
  })

  it('gives an agent to one of two coordinators', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const simulation = new Simulation({ seed, machines: 5, ...BAD_NETWORK })
      const wanted = { count: 5, require: {}, waitMs: 120_000 }
      const both = [simulation.coordinator({ wanted }), simulation.coordinator({ wanted })]
      await simulation.time.until(Promise.all(both.map((coordinator) => coordinator.run())))
      for (const coordinator of both) assert.equal(coordinator.total, ITERATIONS)
    }
  })
})
