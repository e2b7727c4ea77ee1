/** Smaller parts of a cluster: how a test is divided, what clocks say, and which agents a run gets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ClockOffset } from '../../src/cluster/clock-offset.js'
import { warnOfDifferences } from '../../src/cluster/fitness.js'
import type { Hub } from '../../src/cluster/hub.js'
import { encodeProgramFile, type ProgramFile } from '../../src/cluster/program-file.js'
import { type AgentCard, agentSubject } from '../../src/cluster/protocol.js'
import { Roster } from '../../src/cluster/roster.js'
import { divide } from '../../src/cluster/segments.js'
import { Log } from '../../src/log/log.js'
import { Share } from '../../src/plan/share.js'
import { CARD, ITERATIONS, Simulation } from '../helpers/simulated-cluster.js'

describe('the parts of a test', () => {
  it('add up to it, and are as large as the weights say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 12 }),
        fc.nat(5000),
        (weights, total) => {
          const { parts, sequence } = divide(weights)
          const shares = parts.map(({ segment }) => Share.parse(segment, sequence))
          assert.equal(
            shares.reduce((sum, share) => sum + share.scale(total), 0),
            total,
          )
          const all = weights.reduce((sum, weight) => sum + weight, 0)
          for (const [i, { fraction }] of parts.entries()) {
            assert.ok(Math.abs(fraction - (weights[i] as number) / all) < 1e-9)
            assert.ok(Math.abs((shares[i] as Share).scale(total) - total * fraction) <= weights.length)
          }
        },
      ),
    )
  })

  it('follow the cores of agents when that is asked for', async () => {
    const simulation = new Simulation({ seed: 1, machines: 4 })
    const coordinator = simulation.coordinator({ isWeighted: true })
    await simulation.time.until(coordinator.run())
    assert.equal(coordinator.total, ITERATIONS)
    const parts = simulation.machines.map(({ reported }) => Math.round((10 * reported) / ITERATIONS))
    assert.deepEqual(parts, [1, 2, 3, 4])
  })
})

describe('agents', () => {
  const told = (...own: Partial<AgentCard>[]): string[] => {
    const lines: string[] = []
    const cards = own.map((each, i) => ({ ...CARD, name: `m${i}`, ...each }))
    warnOfDifferences(cards, 10_000, new Log('info', ({ msg }) => lines.push(msg)))
    return lines
  }

  it('that are not alike are named, for they do one test together', () => {
    assert.deepEqual(told({ node: 'v24.1.0' }, { node: 'v24.4.0' }), [])
    assert.deepEqual(told({ node: 'v20.19.0' }, { node: 'v24.4.0' }, { node: 'v24.4.0', architecture: 'arm64' }), [
      'the agents are not alike: Node v20 on x64 (m0), Node v24 on x64 (m1), Node v24 on arm64 (m2)',
    ])
    const [line = ''] = told({ node: 'v20.19.0' }, ...Array.from({ length: 8 }, () => ({})))
    assert.match(line, /Node v24 on x64 \(m1, m2, m3, m4, m5, 3 more\)/)
  })

  it('whose clocks are far from ours are named', () => {
    assert.deepEqual(told({ wallClock: 14_000 }), [])
    assert.deepEqual(told({ wallClock: 3_610_000 }, { wallClock: -50_000 }), [
      'the clock of agent "m0" is 3600 s ahead of this machine\'s',
      'the clock of agent "m1" is 60 s behind this machine\'s',
    ])
  })
})

describe('a test that is sent', () => {
  it('may open files of half a GiB together', () => {
    const files = new Map([['file:///a', { byteLength: 600 * 1024 * 1024 } as Uint8Array]])
    const file = { program: { archivedFiles: files }, workload: {}, plannedVUs: [] } as unknown as ProgramFile
    assert.throws(() => encodeProgramFile(file), {
      code: 'ERR_SCRIPT_TOO_LARGE',
      message: /have 600 MiB, and at most 512/,
    })
  })
})

describe('the offset of a clock', () => {
  it('is known to half of the time that the fastest answer was on the road', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e7, max: 1e7, noNaN: true }),
        fc.array(fc.tuple(fc.nat(200), fc.nat(200), fc.nat(50)), { minLength: 1, maxLength: 30 }),
        (offset, exchanges) => {
          const clock = new ClockOffset()
          let now = 1000
          for (const [there, back, work] of exchanges) {
            const receivedAt = now + there + offset
            clock.add({ sentAt: now, receivedAt, answeredAt: receivedAt + work, arrivedAt: now + there + work + back })
            now += 1000
          }
          const fastest = Math.min(...exchanges.slice(-16).map(([there, back]) => there + back))
          assert.ok(Math.abs(clock.uncertainty - fastest / 2) < 1e-6, `${clock.uncertainty} of ${fastest}`)
          assert.ok(Math.abs((clock.offset as number) - offset) <= clock.uncertainty + 1e-6)
        },
      ),
    )
  })

  it('is unknown before anything was measured', () => {
    const clock = new ClockOffset()
    assert.equal(clock.offset, undefined)
    assert.equal(clock.uncertainty, Number.POSITIVE_INFINITY)
  })
})

describe('a roster', () => {
  const hails: { subject: string; type: string; link?: string }[] = []
  const hub = { timing: {}, hail: (subject: string, hail: { type: string }) => hails.push({ subject, ...hail }) }

  it('lets an agent go that says it is ours when nobody waits for that any more', () => {
    const roster = new Roster(hub as unknown as Hub, 'run', '1.0.0')
    assert.equal(roster.hear({ type: 'claimed', link: 'run.a1.0' }), true)
    assert.deepEqual(hails, [{ subject: agentSubject('a1'), type: 'gone', link: 'run.a1.0' }])
  })
})
