/** One uPlot in one element: made anew when `key` changes; new values it takes as they come, and it is as wide as its place. */
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { clock } from './format.js'

const HEIGHT = 190
const sync = uPlot.sync('run')
/** All charts show the same stretch of time: the whole run as it grows, or what the user chose by dragging. */
let isZoomed = false

export function usePlot(
  optionsOf: (width: number) => uPlot.Options,
  data: uPlot.AlignedData,
  key: string,
): RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const made = new uPlot(optionsOf(Math.max(element.clientWidth, 100)), data, element)
    plot.current = made
    const fit = (): void => made.setSize({ width: element.clientWidth, height: made.height })
    const watch = new ResizeObserver(fit)
    watch.observe(element)
    // Paper is as wide as it is, and nobody waits for an observer.
    addEventListener('beforeprint', fit)
    return () => {
      removeEventListener('beforeprint', fit)
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [key])
  useEffect(() => {
    const made = plot.current
    if (made === null || made.data === data) return
    made.setData(data, !isZoomed)
    if (isZoomed) made.redraw()
  }, [data])
  return place
}

export function resetZoom(): void {
  isZoomed = false
  for (const plot of sync.plots) plot.setData(plot.data, true)
}

/** What all charts have in common; the axis of time first. */
export function commonOptions(width: number): Pick<uPlot.Options, 'width' | 'height' | 'legend' | 'cursor' | 'hooks'> {
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: {
      sync: { key: sync.key },
      drag: { x: true, y: false },
      bind: {
        dblclick: () => () => {
          resetZoom()
          return null
        },
      },
    },
    hooks: {
      setSelect: [
        ({ select }) => {
          isZoomed ||= select.width > 0
        },
      ],
    },
  }
}

export function axes(label: (value: number) => string): [uPlot.Axis, uPlot.Axis] {
  const axis = {
    stroke: color('--dim'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line') },
  }
  return [
    {
      ...axis,
      values: (_, splits) => splits.map(clock),
      incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400],
    },
    { ...axis, size: 74, values: (_, splits) => splits.map((value) => (value === null ? '' : label(value))) },
  ]
}

export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
