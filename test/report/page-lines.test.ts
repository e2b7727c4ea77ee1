import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { build } from 'esbuild'
import type { PageData, PageSeries } from '../../src/report/page-data.js'

interface Line {
  readonly label: string
  readonly values: readonly (readonly [seconds: number, value: number | null])[]
}
let anyLines: (data: PageData, series: PageSeries) => Line[]

/** As the page gets it: JSON makes null of what is not finite. */
function seriesOf(type: PageSeries['type'], points: readonly (readonly number[])[]): PageSeries {
  return JSON.parse(JSON.stringify({ name: 'm', metric: 'm', type, contains: 'default', points }))
}

describe('the lines of charts on the page of a run', () => {
  before(async () => {
    const { outputFiles } = await build({ entryPoints: ['page/lines.ts'], bundle: true, write: false, format: 'esm' })
    const module = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`)
    anyLines = module.anyLines
  })
  const vus = {
    ...seriesOf(
      'gauge',
      [0, 1000, 2000, 4000].map((at) => [at, 1000, 1, 1, 1]),
    ),
    name: 'vus',
  }
  const data = { series: [vus] } as unknown as PageData

  it('a counter is per second, zero where nothing was counted, and has a gap where its sum is infinite', () => {
    const counter = seriesOf('counter', [
      [0, 1000, 2, 6],
      [2000, 2000, 2, Number.POSITIVE_INFINITY],
      [4000, 500, 1, 3],
    ])
    assert.deepEqual(anyLines(data, counter), [
      {
        label: 'per second',
        values: [
          [0.5, 6],
          [1.5, 0],
          [3, null],
          [4.25, 6],
        ],
      },
    ])
  })

  it('a gauge has its values, with gaps', () => {
    const gauge = seriesOf('gauge', [
      [0, 1000, 5, 1, 9],
      [1000, 1000, Number.NaN, 1, 9],
    ])
    assert.deepEqual(anyLines(data, gauge), [
      {
        label: 'value',
        values: [
          [0.5, 5],
          [1.5, null],
        ],
      },
    ])
  })

  it('a trend has its quantiles, and a rate its share', () => {
    const trend = seriesOf('trend', [[0, 1000, 10, 2.5, 1, 2, 3, 4, Number.POSITIVE_INFINITY]])
    assert.deepEqual(
      anyLines(data, trend).map(({ label, values }) => [label, ...(values[0] ?? [])]),
      [
        ['median', 0.5, 1],
        ['p90', 0.5, 2],
        ['p95', 0.5, 3],
        ['p99', 0.5, 4],
        ['max', 0.5, null],
      ],
    )
    assert.deepEqual(anyLines(data, seriesOf('rate', [[0, 1000, 8, 2]])), [{ label: 'share', values: [[0.5, 0.25]] }])
  })
})
