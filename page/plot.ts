/** What all charts share: a hook that keeps one uPlot chart in one element, the zoom, the options and the axes. */
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { clock } from './format.js'

const HEIGHT = 190
const sync = uPlot.sync('run')
/** Whether the reader chose a stretch of time by dragging. All charts show it then; otherwise they show the whole run as it grows. */
let isZoomed = false

/** Returns the reference for the chart's element. The chart is made anew when `key` changes; new `data` is set on the one that exists. */
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
    // A browser prints before it calls a ResizeObserver.
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

/** The options that all charts have in common. */
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

/** The axis of time, and that of values, which `label` writes. */
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

/** The colour that style.css gives a name such as `--c0`, in the theme of the moment. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
