/**
 * One chart, and below it a table with the minimum, average, maximum and last value of each line. The table can be read without colours,
 * without a pointer, and by a screen reader.
 *
 * Units   x is seconds since the start
 */
import { useMemo } from 'preact/hooks'
import type uPlot from 'uplot'
import { clock, format, type Unit } from './format.js'
import { axes, color, commonOptions, usePlot } from './plot.js'

export interface Line {
  readonly label: string
  /** `[seconds, value]`, in order; null is a gap. */
  readonly values: readonly (readonly [number, number | null])[]
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

export function Chart({ title, unit, lines, end, theme, wide = false, children }: Props) {
  const names = lines.map(({ label }) => label).join('\n')
  const data = useMemo(() => aligned(lines), [lines])
  const place = usePlot((width) => optionsOf(lines, unit, width), data, [names, unit, theme].join('\n'))
  const figures = useMemo(() => lines.map((line) => ({ line, ...figuresOf(line) })), [lines])
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
              {['min', 'avg', 'max', 'last'].map((name) => (
                <th key={name} scope="col" class="n">
                  {name}
                </th>
              ))}
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
                {[min, avg, max, last].map((value, column) => (
                  <td key={column} class="n">
                    {format(value, unit)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  )
}

function optionsOf(lines: readonly Line[], unit: Unit, width: number): uPlot.Options {
  return {
    ...commonOptions(width),
    // Not below zero, and never without height.
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: axes((value) => format(value, unit)),
    series: [
      {},
      ...lines.map(
        ({ label }, i): uPlot.Series => ({
          label,
          stroke: color(`--c${i % 5}`),
          width: 2,
          dash: [...dash(i)],
          points: { show: ({ data: [moments] }) => moments.length === 1 },
        }),
      ),
    ],
  }
}

function dash(i: number): readonly number[] {
  return DASHES[i % DASHES.length] ?? []
}

/**
 * All lines on one axis of time. Where a line has no point its value is `undefined`, and uPlot draws the line through; null makes a gap.
 */
function aligned(lines: readonly Line[]): uPlot.AlignedData {
  const [first] = lines
  if (first === undefined) return [[]]
  const isCommon = lines.every(
    ({ values }) => values.length === first.values.length && values.every(([at], i) => at === first.values[i]?.[0]),
  )
  if (isCommon)
    return [
      first.values.map(([at]) => at),
      ...lines.map(({ values }) => values.map(([, value]) => value)),
    ] as uPlot.AlignedData
  const moments = [...new Set(lines.flatMap(({ values }) => values.map(([at]) => at)))].sort((a, b) => a - b)
  const rows = lines.map(({ values }) => {
    const byMoment = new Map(values)
    return moments.map((moment) => byMoment.get(moment))
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
