/**
 * The heat map of a trend: how its values were spread over time. A darker cell holds a larger share of the values of its moment. It shows
 * what quantiles hide: answers of two speeds, a few slow answers, a moment at which every answer was slow. A table below it shows the
 * shares of the whole run.
 */
import { useMemo, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { type HeatColumn, heatColumn, upperBound } from '../src/report/heat.js'
import { type PageSeries, TREND } from './data.js'
import { clock, format, type Unit } from './format.js'
import { axes, color, commonOptions, usePlot } from './plot.js'

interface Props {
  readonly series: PageSeries
  readonly unit: Unit
  readonly end: number
  readonly theme: string
}

interface Column extends HeatColumn {
  /** Seconds. */
  readonly from: number
  readonly to: number
  readonly count: number
}

interface Heat {
  readonly columns: readonly Column[]
  /** The lowest and the highest bucket that hold a value. */
  readonly lowest: number
  readonly highest: number
}

/** The shares that the scale below the map shows. */
const SCALE = [0.01, 0.1, 0.5, 1]

export function HeatMap({ series, unit, end, theme }: Props) {
  const heat = useMemo(() => heatOf(series), [series])
  const data = useMemo((): uPlot.AlignedData => {
    const moments = heat.columns.flatMap(({ from, to }, i) => (heat.columns[i + 1]?.from === to ? [from] : [from, to]))
    return [moments, moments.map(() => null)]
  }, [heat])
  // The plot lives longer than one set of values: its draw hook reads the latest set from here.
  const latest = useRef(heat)
  latest.current = heat
  const place = usePlot((width) => optionsOf(latest, unit, width), data, [series.name, unit, theme].join('\n'))
  const rows = useMemo(() => sharesOf(heat), [heat])
  if (heat.columns.length === 0) return null
  const most = rows.reduce((best, row) => (row.share > best.share ? row : best))
  const words = `most values, ${format(most.share, 'share')}, between ${format(most.low, unit)} and ${format(most.high, unit)}`
  return (
    <figure class="card wide">
      <h3>How {series.name} was spread</h3>
      <div class="plot" ref={place} role="img" aria-label={`Heat map of ${series.name} over ${clock(end)}: ${words}`} />
      <p class="scale">
        <span>of the values of a moment:</span>
        {SCALE.map((share) => (
          <span key={share}>
            <svg viewBox="0 0 14 14" aria-hidden="true">
              <rect width="14" height="14" class="heat" opacity={opacity(Math.sqrt(share))} />
            </svg>{' '}
            {format(share, 'share')}
          </span>
        ))}
      </p>
      <details>
        <summary>As numbers, for the whole run</summary>
        <table class="legend narrow">
          <thead>
            <tr>
              <th scope="col" class="n">
                above
              </th>
              <th scope="col" class="n">
                up to
              </th>
              <th scope="col" class="n">
                share of values
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ low, high, share }) => (
              <tr key={high}>
                <td class="n">{format(low, unit)}</td>
                <td class="n">{format(high, unit)}</td>
                <td class="n">{format(share, 'share')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}

function heatOf({ points, heat = [] }: PageSeries): Heat {
  const columns = points.flatMap((point, i): Column[] => {
    const text = heat[i] ?? ''
    if (text === '') return []
    const [offset, width] = point
    return [{ ...heatColumn(text), from: offset / 1000, to: (offset + width) / 1000, count: point[TREND.count] ?? 0 }]
  })
  return {
    columns,
    lowest: columns.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY),
    highest: columns.reduce((most, { first, levels }) => Math.max(most, first + levels.length - 1), -1000),
  }
}

/** The share of all values of the run in each bucket that holds any, the lowest bucket first. */
function sharesOf({ columns }: Heat): { low: number; high: number; share: number }[] {
  const counts = new Map<number, number>()
  let total = 0
  for (const { first, levels, count } of columns)
    for (const [i, level] of levels.entries()) {
      // A level is the square root of a share.
      const part = count * level ** 2
      if (part > 0) counts.set(first + i, (counts.get(first + i) ?? 0) + part)
      total += part
    }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bucket, count]) => ({ low: upperBound(bucket - 1), high: upperBound(bucket), share: count / total }))
}

function optionsOf(latest: { readonly current: Heat }, unit: Unit, width: number): uPlot.Options {
  const range = (): [number, number] => {
    const { lowest, highest } = latest.current
    return [upperBound(lowest - 1), upperBound(highest)]
  }
  const [time, values] = axes((value) => format(value, unit))
  const common = commonOptions(width)
  return {
    ...common,
    scales: { x: { time: false }, y: { distr: 3, range } },
    // By itself uPlot labels only the powers of ten of a logarithmic axis.
    axes: [time, { ...values, splits: (_, __, min, max) => roundValues(min, max), filter: (_, splits) => splits }],
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: { ...common.hooks, draw: [(plot) => draw(plot, latest.current)] },
  }
}

/** The values that the axis labels: 10, 20, 50, 100 …, or only 10, 100 … when there are more than three decades. */
function roundValues(min: number, max: number): number[] {
  const [first, last] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))]
  const digits = last - first > 3 ? [1] : [1, 2, 5]
  return Array.from({ length: last - first + 1 }, (_, i) => digits.map((digit) => digit * 10 ** (first + i)))
    .flat()
    .filter((value) => value >= min && value <= max)
}

function draw(plot: uPlot, { columns, lowest, highest }: Heat): void {
  const { ctx, bbox } = plot
  const { min = 0, max = 0 } = plot.scales['x'] as { min?: number; max?: number }
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.fillStyle = color('--c0')
  // Pixels: the bottom of each bucket, and the top of the last one.
  const edges = Array.from({ length: Math.max(0, highest - lowest + 2) }, (_, i) =>
    Math.floor(plot.valToPos(upperBound(lowest + i - 1), 'y', true)),
  )
  for (const { from, to, first, levels } of columns) {
    if (to < min || from > max) continue
    const left = Math.floor(plot.valToPos(from, 'x', true))
    const right = Math.max(left + 1, Math.floor(plot.valToPos(to, 'x', true)))
    for (const [i, level] of levels.entries()) {
      if (level === 0) continue
      const [bottom = 0, top = 0] = edges.slice(first - lowest + i, first - lowest + i + 2)
      ctx.globalAlpha = opacity(level)
      ctx.fillRect(left, top, right - left, bottom - top)
    }
  }
  ctx.restore()
}

function opacity(level: number): number {
  return 0.08 + 0.92 * level
}
