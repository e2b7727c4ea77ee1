import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { drawChart } from '../../src/terminal/chart.js'

describe('a chart', () => {
  it('draws a ramp with its scale and times', () => {
    const lines = drawChart({ title: 'VUs', duration: 60_000, valueAt: (time) => time / 600 })
    assert.equal(lines[0], 'VUs')
    assert.equal(lines.length, 9)
    assert.match(lines[1] as string, /^ 100 ┤ {50}[▁-█]{10}$/)
    assert.match(lines[6] as string, /█{50,}$/)
    assert.match(lines[7] as string, /^ {3}0 ┼─{60}$/)
    assert.match(lines[8] as string, /^ +0s +30s +1m0s$/)
  })

  it('fits into 80 columns, whatever the values', () => {
    for (const top of [0, 0.01, 1, 12_345, 1e9]) {
      for (const line of drawChart({ title: 'x', duration: 3_600_000, valueAt: () => top }))
        assert.ok(line.length <= 80)
    }
  })

  it('shows a short peak, and nothing where there is nothing', () => {
    const peak = drawChart({
      title: 'x',
      duration: 60_000,
      valueAt: (time) => (time > 30_000 && time < 30_500 ? 1 : 0),
    })
    assert.match(peak[1] as string, /^ {3}1 ┤ {30}█$/)
    const flat = drawChart({ title: 'x', duration: 1000, valueAt: () => 0 })
    assert.ok(flat.slice(1, 7).every((line) => /[┤│]$/.test(line)))
  })
})
