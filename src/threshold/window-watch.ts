/**
 * A threshold over a time window: `p(95)<200 over 30s` must hold in every window of 30 s, judged at each full second. Once it has failed it
 * stays failed. A test that is shorter than the window is one window.
 *
 *   start ├───────── window ─────────┤
 *         ·├───────── window ─────────┤           each a second later, up to the last complete second
 *
 * Units   epoch milliseconds
 */
import { aggregate } from '../metrics/aggregation.js'
import type { TimelineReader } from '../metrics/timeline/timeline.js'
import { holds } from './expression.js'
import type { Threshold } from './parse.js'

const STEP = 1000

export class WindowWatch {
  readonly #name: string
  readonly #threshold: Threshold
  readonly #windowMs: number
  readonly #timeline: TimelineReader
  /** Where the next window to judge ends. */
  #next: number | undefined
  #hasFailed = false
  #worst: number | undefined

  /** `name` is that of the metric or submetric. */
  constructor(name: string, threshold: Threshold, windowMs: number, timeline: TimelineReader) {
    this.#name = name
    this.#threshold = threshold
    this.#windowMs = windowMs
    this.#timeline = timeline
  }

  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** The value of the worst window so far: the one that failed most, or that came nearest to failing. Undefined before the first. */
  get value(): number | undefined {
    return this.#worst
  }

  /** Judges all windows that ended since the last time. `start` and `end` are of the scenarios; `final` when nothing more comes. */
  judge(start: number, end: number, final: boolean): void {
    this.#next ??= Math.ceil((start + this.#windowMs) / STEP) * STEP
    const until = final ? Math.ceil(end / STEP) * STEP : Math.min(end, this.#timeline.completeUntil)
    for (; this.#next <= until; this.#next += STEP) this.#judgeWindow(this.#next - this.#windowMs, this.#next)
    // The test was too short for a whole window.
    if (final && this.#worst === undefined) this.#judgeWindow(Math.floor(start / STEP) * STEP, until)
  }

  #judgeWindow(from: number, to: number): void {
    const sink = this.#timeline.track(this.#name)?.between(from, to)
    const { expression } = this.#threshold
    const isEmpty = sink === undefined || sink.isEmpty()
    // A window without samples has a count of zero, but no latency.
    const isCounted = expression.aggregation.method === 'count' || expression.aggregation.method === 'rate'
    if (isEmpty && (!isCounted || sink?.type === 'rate' || sink === undefined)) return
    const value = aggregate(sink, expression.aggregation, to - from)
    const hasFailed = !holds(expression, value)
    if (this.#worst === undefined || this.#isWorse(value, this.#worst, hasFailed)) this.#worst = value
    this.#hasFailed ||= hasFailed
  }

  #isWorse(value: number, worst: number, hasFailed: boolean): boolean {
    switch (this.#threshold.expression.operator) {
      case '<':
      case '<=':
        return value > worst
      case '>':
      case '>=':
        return value < worst
      default:
        // With == and != no value is worse than another: the last that failed is shown, or the last of all.
        return hasFailed || !this.#hasFailed
    }
  }
}
