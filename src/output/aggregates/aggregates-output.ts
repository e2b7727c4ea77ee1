/**
 * The output `aggregates`: one JSON object per second and metric, small enough for a notebook.
 *
 *   -o aggregates=run.ndjson        -o aggregates=run.ndjson.gz
 *
 *   {"time":"2026-11-21T05:00:00.000Z","metric":"rtt","type":"trend","contains":"time","count":100,"avg":1.2,"min":1,"med":1.1,"max":4,"p(90)":2,"p(95)":3,"p(99)":4}
 *
 * Shape   the values of that second: count and rate of a counter; value, min and max of a gauge; rate and count of a rate. Lines of a
 *         threshold's submetric have `tags`.
 * Units   ms and bytes; rates of counters per second
 */

import { sketchOf } from '../../metrics/timeline/cell.js'
import type { TimelineReader } from '../../metrics/timeline/timeline.js'
import type { Point, Track } from '../../metrics/timeline/track.js'
import type { Delivery, MergedAggregates, Output, OutputContext } from '../output.js'
import { fileOf, fileTarget, TextWriter } from '../text-writer.js'

const FLUSH_INTERVAL_MS = 1000
const SECOND = 1000

export class AggregatesOutput implements Output {
  readonly description: string
  readonly file: string | undefined
  readonly stopLimitMs = Number.POSITIVE_INFINITY
  readonly #writer: TextWriter
  #timeline: TimelineReader | undefined
  /** Everything before this second has been written. */
  #writtenUntil = Number.NEGATIVE_INFINITY

  constructor(argument: string, { log, stdout, workingDirectory }: OutputContext) {
    const target = fileTarget(argument === '' ? 'aggregates.ndjson' : argument)
    this.description = `aggregates (${target.path === '-' ? 'stdout' : target.path})`
    this.file = fileOf(target, workingDirectory)
    this.#writer = new TextWriter({
      target,
      owner: 'aggregates',
      flushIntervalMs: FLUSH_INTERVAL_MS,
      log,
      stdout,
      workingDirectory,
    })
  }

  start(): Promise<void> {
    return this.#writer.open()
  }

  onAggregates({ timeline }: MergedAggregates): void {
    this.#timeline = timeline
    this.#write(timeline, timeline.completeUntil - SECOND)
  }

  stop(): Promise<void> {
    if (this.#timeline !== undefined) this.#write(this.#timeline, Number.POSITIVE_INFINITY)
    return this.#writer.close()
  }

  delivery(): Delivery {
    return { ...this.#writer.delivery(), unit: 'lines' }
  }

  #write(timeline: TimelineReader, until: number): void {
    const lines: [time: number, text: string][] = []
    for (const track of timeline.tracks()) {
      for (const point of track.points(this.#writtenUntil, until)) lines.push([point.start, lineOf(track, point)])
    }
    lines.sort(([a], [b]) => a - b)
    for (const [, text] of lines) this.#writer.write(`${text}\n`, 1)
    if (until > this.#writtenUntil) this.#writtenUntil = until
  }
}

function lineOf({ metric, tags }: Track, point: Point): string {
  const { name, type, contains } = metric
  const about = {
    time: new Date(point.start).toISOString(),
    metric: name,
    type,
    contains,
    ...(tags !== null && { tags }),
  }
  return JSON.stringify({ ...about, ...valuesOf(point) })
}

function valuesOf({ state, width }: Point): Record<string, number> {
  switch (state.type) {
    case 'counter':
      return { count: state.sum, rate: (state.sum * SECOND) / width }
    case 'gauge':
      return { value: state.value, min: state.min, max: state.max }
    case 'rate':
      return { rate: state.nonZero / state.total, count: state.total }
    case 'trend': {
      const sketch = sketchOf(state.sketch)
      const quantiles = { med: 0.5, 'p(90)': 0.9, 'p(95)': 0.95, 'p(99)': 0.99 }
      return {
        count: sketch.count,
        avg: sketch.sum / sketch.count,
        min: sketch.min,
        max: sketch.max,
        ...Object.fromEntries(Object.entries(quantiles).map(([key, q]) => [key, sketch.quantile(q)])),
      }
    }
    default:
      return state satisfies never
  }
}
