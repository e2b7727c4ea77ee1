/**
 * One chart with its table: what each line was at least, on average, at most and last, which is readable without colour, without a
 * pointer and by screen readers.
 *
 * Units   x is seconds since the start
 */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { clock, format, type Unit } from './format.js'

export interface Line {
  readonly label: string
  /** `[seconds, value]`, in order; null is a gap. */
  readonly values: readonly (readonly [number, number | null])[]
  readonly isStepped?: boolean
}

interface Props {
  readonly title: string
  readonly unit: Unit
  readonly lines: readonly Line[]
  readonly end: number
  readonly theme: string
  readonly wide?: boolean
  readonly children?: preact.ComponentChildren
}

const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2]]
const HEIGHT = 190
const sync = uPlot.sync('run')

export function Chart({ title, unit, lines, end, theme, wide = false, children }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const names = lines.map(({ label }) => label).join('\n')
  const data = aligned(lines)
  // A chart is made anew when its lines or its colours change; new values it takes as they come.
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const made = new uPlot(optionsOf(lines, unit, element.clientWidth), data, element)
    plot.current = made
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [names, unit, theme])
  useEffect(() => {
    const made = plot.current
    if (made === null || made.data === data) return
    const { min, max } = made.scales['x'] as uPlot.Scale
    const isZoomed = made.data[0].length > 0 && (min !== made.data[0][0] || max !== made.data[0].at(-1))
    made.setData(data, !isZoomed)
    if (isZoomed) made.redraw()
  })
  const figures = lines.map((line) => ({ line, ...figuresOf(line) }))
  const words = figures.map(
    (one) => `${one.line.label}: average ${format(one.avg, unit)}, at most ${format(one.max, unit)}`,
  )
  return (
    <figure class={wide ? 'card wide' : 'card'}>
      <h3>{title}</h3>
      {children}
      <div class="plot" ref={place} role="img" aria-label={`${title} over ${clock(end)}. ${words.join('; ')}`} />
      <div class="scroll">
        <table class="legend">
          <thead>
            <tr>
              <th scope="col">line</th>
              <th scope="col" class="n">
                min
              </th>
              <th scope="col" class="n">
                avg
              </th>
              <th scope="col" class="n">
                max
              </th>
              <th scope="col" class="n">
                last
              </th>
            </tr>
          </thead>
          <tbody>
            {figures.map(({ line, min, avg, max, last }, i) => (
              <tr key={line.label}>
                <td>
                  <svg viewBox="0 0 26 8" aria-hidden="true">
                    <line
                      x1="0"
                      y1="4"
                      x2="26"
                      y2="4"
                      class={`s${i % 5}`}
                      stroke-width="2.5"
                      stroke-dasharray={dash(i).join(' ')}
                    />
                  </svg>
                  {line.label}
                </td>
                <td class="n">{format(min, unit)}</td>
                <td class="n">{format(avg, unit)}</td>
                <td class="n">{format(max, unit)}</td>
                <td class="n">{format(last, unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  )
}

export function resetZoom(): void {
  for (const plot of sync.plots) plot.setData(plot.data, true)
}

function optionsOf(lines: readonly Line[], unit: Unit, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string): string => style.getPropertyValue(name).trim()
  const axis = {
    stroke: color('--dim'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line') },
  }
  return {
    width: Math.max(width, 100),
    height: HEIGHT,
    legend: { show: false },
    cursor: { sync: { key: sync.key }, drag: { x: true, y: false } },
    // Not below zero, and never without height.
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      {
        ...axis,
        values: (_, splits) => splits.map(clock),
        incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400],
      },
      { ...axis, size: 74, values: (_, splits) => splits.map((value) => format(value, unit)) },
    ],
    series: [
      {},
      ...lines.map(({ label, isStepped }, i): uPlot.Series => {
        const stepped = isStepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined
        return {
          label,
          stroke: color(`--c${i % 5}`),
          width: 2,
          dash: [...dash(i)],
          points: { show: lines[i]?.values.length === 1 },
          ...(stepped !== undefined && { paths: stepped }),
        }
      }),
    ],
  }
}

function dash(i: number): readonly number[] {
  return DASHES[i % DASHES.length] ?? []
}

/** All lines on one axis of time; where a line has nothing the chart connects its neighbours. */
function aligned(lines: readonly Line[]): uPlot.AlignedData {
  const moments = [...new Set(lines.flatMap(({ values }) => values.map(([at]) => at)))].sort((a, b) => a - b)
  const rows = lines.map(({ values }) => {
    const byMoment = new Map(values)
    return moments.map((moment) => (byMoment.has(moment) ? (byMoment.get(moment) ?? null) : undefined))
  })
  return [moments, ...rows] as uPlot.AlignedData
}

function figuresOf({ values }: Line): { min: number; avg: number; max: number; last: number | null } {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  for (const [, value] of values) {
    if (value === null) continue
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
    count++
  }
  return { min, max, avg: sum / count, last: values.at(-1)?.[1] ?? null }
}
