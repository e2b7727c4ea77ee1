import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pc from 'picocolors'
import { scenarioColumns } from '../../src/terminal/columns.js'
import { renderBar, renderProgress } from '../../src/terminal/progress.js'
import type { ScenarioProgress } from '../../src/terminal/progress-state.js'
import { progress, scenario } from './states.js'

const colors = pc.createColors(false)
const plain = { width: undefined, colors }
const MINUTE = 60_000

describe('plain progress', () => {
  it('is an empty line, the status and a line per scenario', () => {
    assert.deepEqual(renderProgress(progress(), plain), [
      '',
      'running (01.0s), 2/2 VUs, 4 complete and 0 interrupted iterations',
      'default   [  10% ] 2 VUs  01.0s/10s',
    ])
  })

  it('pads numbers of VUs to the most there can be', () => {
    const state = progress({ status: { kind: 'paused' }, vus: { active: 7, initialised: 50, max: 100 }, scenarios: [] })
    assert.deepEqual(renderProgress(state, plain), [
      '',
      'paused (01.0s), 007/050 VUs, 4 complete and 0 interrupted iterations',
    ])
  })

  it('shows steps before and after the scenarios as a bar with a text', () => {
    const status = { kind: 'step', label: 'Init', fraction: 0.5, text: '5/10 VUs initialized' } as const
    assert.deepEqual(renderProgress(progress({ status, scenarios: [] }), plain), [
      '',
      'Init   [  50% ] 5/10 VUs initialized',
    ])
    const after = { kind: 'step', label: 'Run', fraction: 1, text: 'teardown()' } as const
    assert.equal(renderProgress(progress({ status: after }), plain)[1], 'Run    [ 100% ] teardown()')
  })

  it('puts signs, bars and columns of several scenarios below each other', () => {
    const scenarios = [
      scenario({ name: 'login', status: 'done', fraction: 1, timeMs: 10_000 }),
      scenario({ name: 'a_scenario_with_a_name_that_is_too_long', status: 'graceful', fraction: 1, timeMs: 10_000 }),
      scenario({ name: 'orders', executor: 'constant-arrival-rate', vus: { active: 2, max: 10 }, ratePerSecond: 10 }),
      scenario({ name: 'later', status: 'waiting', fraction: 0, timeMs: 3000, totalMs: 12_000 }),
      scenario({ name: 'cut', status: 'interrupted', fraction: 0.42, vus: { active: 12, max: 12 } }),
    ]
    assert.deepEqual(renderProgress(progress({ scenarios }), plain).slice(2), [
      'login                          ✓ [ 100% ] 2 VUs      10s',
      'a_scenario_with_a_name_that... ↓ [ 100% ] 2 VUs      10.0s/10s',
      'orders                           [  10% ] 02/10 VUs  01.0s/10s  10.00 iters/s',
      'later                          • [   0% ] waiting    03.0s',
      'cut                            ✗ [  42% ] 12 VUs     10s',
    ])
  })

  it('shows a notice below the status', () => {
    const lines = renderProgress(progress({ notice: 'the load generator is the limit' }), plain)
    assert.equal(lines[2], 'the load generator is the limit')
  })
})

describe('columns of a scenario', () => {
  const rows: [string, Partial<ScenarioProgress>, string[]][] = [
    ['ramping-vus', { vus: { active: 3, max: 6 }, timeMs: 5000, totalMs: 23_000 }, ['3/6 VUs', '05.0s/23.0s']],
    [
      'shared-iterations',
      { totalMs: 10 * MINUTE, iterations: { done: 4, total: 10 } },
      ['2 VUs', '00m01.0s/10m0s', '04/10 shared iters'],
    ],
    [
      'per-vu-iterations',
      { totalMs: 10 * MINUTE, iterations: { done: 4, total: 20, perVu: 10 } },
      ['2 VUs', '00m01.0s/10m0s', '04/20 iters, 10 per VU'],
    ],
    [
      'ramping-arrival-rate',
      { vus: { active: 2, max: 10 }, timeMs: 5000, totalMs: 30_000, ratePerSecond: 9.996, dropped: 3 },
      ['02/10 VUs', '05.0s/30s', '10.00 iters/s', '3 dropped'],
    ],
    ['externally-controlled', { vus: { active: 1, max: 2 }, totalMs: Number.POSITIVE_INFINITY }, ['1/2 VUs', '1.0s']],
    ['constant-vus', { timeMs: 12_000, dropped: 0 }, ['2 VUs', '10.0s/10s']],
    ['ramping-vus', { status: 'done', totalMs: 23_000 }, ['2/2 VUs', '23.0s']],
    ['constant-vus', { status: 'done', vus: { active: 0, max: 2 } }, ['2 VUs', '10s']],
  ]
  for (const [executor, changes, columns] of rows) {
    it(`of ${executor} are ${columns.join(', ')}`, () => {
      assert.deepEqual(scenarioColumns(scenario({ executor, ...changes })), columns)
    })
  }
})

describe('bars', () => {
  const rows: [number, number, string][] = [
    [0, 12, '[----------]'],
    [0.1, 12, '[>---------]'],
    [0.5, 12, '[====>-----]'],
    [0.999, 12, '[========>-]'],
    [1, 12, '[==========]'],
    [2, 12, '[==========]'],
    [-1, 12, '[----------]'],
    [Number.NaN, 12, '[----------]'],
    [0.5, 8, '[==>---]'],
    [0.5, 7, '[  50% ]'],
    [1, 0, '[ 100% ]'],
    [0.009, -3, '[   0% ]'],
  ]
  for (const [fraction, width, bar] of rows) {
    it(`show ${fraction} in ${width} columns as ${bar}`, () => assert.equal(renderBar(fraction, width), bar))
  }

  it('are never wider than 40', () => assert.equal(renderBar(1, 200).length, 40))
})

describe('progress on a terminal', () => {
  it('has a bar of what the line leaves', () => {
    const line = (width: number) =>
      renderProgress(progress({ scenarios: [scenario({ fraction: 0.5 })] }), { width, colors })[2]
    assert.equal(line(120), `default   [${'='.repeat(18)}>${'-'.repeat(19)}] 2 VUs  01.0s/10s`)
    assert.equal(line(40), 'default   [====>------] 2 VUs  01.0s/10s')
    assert.equal(line(30), 'default   [  50% ] 2 VUs  01.…')
    assert.equal(line(1), '…')
  })

  it('never has a line wider than the terminal or more lines than rows', () => {
    const scenarios = Array.from({ length: 30 }, (_, i) => scenario({ name: `scenario_${i}`, status: 'done' }))
    for (let width = 1; width < 100; width++) {
      for (const height of [1, 2, 5, 24, 50]) {
        const lines = renderProgress(progress({ scenarios }), { width, height, colors })
        assert.ok(lines.length <= Math.max(3, height - 1), `${lines.length} lines in ${height} rows`)
        for (const line of lines) assert.ok(line.length <= width, `${line} in ${width} columns`)
      }
    }
    const lines = renderProgress(progress({ scenarios }), { width: 80, height: 10, colors })
    assert.equal(lines.at(-1), '… and 24/30 scenarios')
  })

  it('shows scenarios that run rather than those that are over, when there is no room for all', () => {
    const scenarios = Array.from({ length: 9 }, (_, i) =>
      scenario({ name: `s${i}`, status: i < 5 ? 'done' : i === 5 ? 'waiting' : 'running' }),
    )
    const lines = renderProgress(progress({ scenarios }), { width: 80, height: 8, colors })
    assert.deepEqual(
      lines.slice(2).map((line) => line.slice(0, 2)),
      ['s5', 's6', 's7', 's8', '… '],
    )
  })

  it('leaves room for the figures of a scenario with a long name', () => {
    const name = 'add_to_basket_with_voucher_code'
    const wide = {
      executor: 'constant-arrival-rate',
      vus: { active: 5, max: 10 },
      ratePerSecond: 20,
      dropped: 11,
    } as const
    const [, , line] = renderProgress(progress({ scenarios: [scenario({ name, ...wide })] }), { width: 80, colors })
    assert.match(line ?? '', /^add_to_basket_wit\.\.\. .* 20\.00 iters\/s {2}11 dropped$/)
  })

  it('shows notices below each other when they do not fit beside each other', () => {
    const notice = `${'a'.repeat(50)}; ${'b'.repeat(50)}`
    const shown = (width: number, height: number) =>
      renderProgress(progress({ notice, scenarios: [] }), { width, height, colors }).slice(2)
    assert.deepEqual(shown(80, 24), ['a'.repeat(50), 'b'.repeat(50)])
    assert.deepEqual(shown(120, 24), [notice])
    assert.equal(shown(80, 8).length, 1)
  })

  it('paints the signs of what is over', () => {
    const scenarios = [scenario({ status: 'done' }), scenario({ status: 'interrupted' })]
    const lines = renderProgress(progress({ scenarios }), { width: undefined, colors: pc.createColors(true) })
    assert.equal(lines[2], 'default \x1b[32m✓\x1b[39m [  10% ] 2 VUs  10s')
    assert.equal(lines[3], 'default \x1b[31m✗\x1b[39m [  10% ] 2 VUs  10s')
  })
})

describe('the figures of a run', () => {
  const figures = {
    rate: { perSecond: 12_345.4, unit: 'msgs/s' },
    latency: { metric: 'rtt', p95: 1.25 },
    errorRate: 0.012,
    checks: { failing: 1, total: 3 },
  }
  const lineOf = (width: number, changes = {}) =>
    renderProgress(progress({ figures: { ...figures, ...changes } }), { width, colors })[2]

  it('stand below the status on a terminal, and leave out whole what does not fit', () => {
    assert.equal(lineOf(80), '12,345 msgs/s, p(95) of rtt 1.25ms, 1.20% failed, 1 of 3 checks failing')
    assert.equal(lineOf(60), '12,345 msgs/s, p(95) of rtt 1.25ms, 1.20% failed')
    assert.equal(lineOf(20), '12,345 msgs/s')
    assert.equal(
      lineOf(80, { latency: undefined, errorRate: 0, checks: { failing: 0, total: 3 } }),
      '12,345 msgs/s, 0.00% failed',
    )
  })

  it('are no part of plain progress', () => {
    assert.equal(renderProgress(progress({ figures }), plain).length, 3)
  })

  it('show failed iterations in the status, in red', () => {
    const red = pc.createColors(true)
    const state = progress({ iterations: { complete: 4, failed: 3, interrupted: 0 } })
    assert.ok(renderProgress(state, { width: 100, colors: red })[1]?.endsWith(red.red(', 3 failed')))
    assert.equal((renderProgress(state, { width: 70, colors })[1] ?? '').length, 70)
  })
})
