import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { GeneratorLoad } from '../../src/engine/generator-load.js'
import { addFailures, addLoad, type Limits, limitNote, limitNotice, NO_LIMITS } from '../../src/run/generator-limits.js'

const calm: GeneratorLoad = {
  interval: 1000,
  utilization: 0.4,
  longestStall: 3,
  gcTime: 12,
  longestGc: 2,
  starts: 500,
  lateStarts: 0,
  longestLag: 1.4,
  outOfFiles: 0,
  outOfPorts: 0,
  heldUpByOutputs: 0,
}
const load = (change: Partial<GeneratorLoad>): GeneratorLoad => ({ ...calm, ...change })
const limitsOf = (...loads: readonly GeneratorLoad[]): Limits => loads.reduce(addLoad, NO_LIMITS)
const firstLines = (limits: Limits) => limitNote(limits)?.lines.filter((line) => !line.startsWith(' '))

describe('limits of the generator', () => {
  it('say nothing about a generator with room', () => {
    assert.equal(limitNotice([calm, calm]), undefined)
    assert.equal(limitNote(limitsOf(calm, calm, load({ starts: 0 }))), undefined)
    assert.equal(limitNote(NO_LIMITS), undefined)
  })

  it('take from a report that is too short only the failures of connections', () => {
    const limits = addFailures(limitsOf(calm), load({ interval: 90, utilization: 1, lateStarts: 500, outOfFiles: 7 }))
    assert.deepEqual(limits, { ...limitsOf(calm), outOfFiles: 7 })
  })

  const cases: [string, Partial<GeneratorLoad>, string, string][] = [
    [
      'saturation',
      { utilization: 0.97 },
      '1 of 2 shards saturated',
      'Threads were at their limit (over 95 % busy) for 50 % of the time.',
    ],
    [
      'late starts',
      { lateStarts: 100, longestLag: 84.4 },
      '10 % of iterations start late, up to 84 ms',
      '10 % of 1000 scheduled iterations began 10 ms late or later, the latest 84 ms late.',
    ],
    [
      'open files',
      { outOfFiles: 7 },
      'out of file descriptors',
      '7 connections failed: this process may not open more files (EMFILE).',
    ],
    [
      'ports',
      { outOfPorts: 3 },
      'out of local ports',
      '3 connections failed: no local port was free (EADDRNOTAVAIL, EADDRINUSE).',
    ],
    [
      'garbage collection',
      { gcTime: 288, longestGc: 60 },
      'garbage collection',
      'Garbage collection took 15 % of the time, the longest pause 60 ms.',
    ],
  ]
  for (const [name, change, live, line] of cases) {
    it(`tell of ${name} live and in the summary, each with what to do`, () => {
      assert.equal(limitNotice([calm, load(change)]), `the load generator is the limit: ${live}`)
      assert.deepEqual(firstLines(limitsOf(calm, load(change))), [line])
      const note = limitNote(limitsOf(calm, load(change)))
      assert.equal(note?.title, 'GENERATOR LIMITS')
      assert.ok((note?.lines.length ?? 0) >= 2)
    })
  }

  it('tell of one long pause in the summary, and of its cause when it is known', () => {
    assert.deepEqual(firstLines(limitsOf(load({ longestStall: 1234 }))), ['A thread stood still for 1.2 s.'])
    assert.deepEqual(firstLines(limitsOf(load({ longestStall: 250, longestGc: 240 }))), [
      'Garbage collection took 1.2 % of the time, the longest pause 240 ms.',
    ])
  })

  it('tolerate a few late starts and a moment of saturation', () => {
    const seconds = Array.from({ length: 30 }, () => calm)
    assert.equal(limitNote(limitsOf(...seconds, load({ utilization: 1, lateStarts: 20 }))), undefined)
  })

  it('name all that was seen in one line', () => {
    const all = load({ utilization: 0.99, lateStarts: 250, longestLag: 2100, outOfFiles: 1, gcTime: 500 })
    assert.equal(
      limitNotice([all]),
      'the load generator is the limit: out of file descriptors, 50 % of iterations start late, up to 2.1 s, 1 of 1 shards saturated, garbage collection',
    )
  })
})
