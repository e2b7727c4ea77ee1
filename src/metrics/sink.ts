/**
 * Sinks accumulate the samples of one metric or submetric. Once a second a shard sends the states of its sinks and empties them; the main
 * thread merges the states into sinks that live as long as the run.
 *
 * Shape   one class per metric type, each with `add` (hot: one sample), `take` (returns the state as plain data and empties the sink) and
 *         `merge` (adds such a state)
 */
import { Sketch, type SketchState } from '../sketch/sketch.js'
import type { MetricType } from './metric.js'

export type SinkState =
  | { readonly type: 'counter'; readonly samples: number; readonly sum: number }
  | {
      readonly type: 'gauge'
      readonly samples: number
      readonly value: number
      readonly min: number
      readonly max: number
    }
  | { readonly type: 'rate'; readonly total: number; readonly nonZero: number }
  | { readonly type: 'trend'; readonly sketch: SketchState }

export class CounterSink {
  readonly type = 'counter'
  samples = 0
  sum = 0

  add(value: number): void {
    this.samples++
    this.sum += value
  }

  isEmpty(): boolean {
    return this.samples === 0
  }

  take(): SinkState {
    const state = { type: this.type, samples: this.samples, sum: this.sum } as const
    this.samples = 0
    this.sum = 0
    return state
  }

  merge(state: SinkState): void {
    if (state.type !== 'counter') throw mismatch(this.type, state.type)
    this.samples += state.samples
    this.sum += state.sum
  }
}

class GaugeSink {
  readonly type = 'gauge'
  samples = 0
  value = 0
  min = 0
  max = 0

  add(value: number): void {
    if (this.samples === 0 || value < this.min) this.min = value
    if (this.samples === 0 || value > this.max) this.max = value
    this.value = value
    this.samples++
  }

  isEmpty(): boolean {
    return this.samples === 0
  }

  take(): SinkState {
    const { samples, value, min, max } = this
    this.samples = this.value = this.min = this.max = 0
    return { type: this.type, samples, value, min, max }
  }

  merge(state: SinkState): void {
    if (state.type !== 'gauge') throw mismatch(this.type, state.type)
    if (state.samples === 0) return
    this.min = this.samples === 0 ? state.min : Math.min(this.min, state.min)
    this.max = this.samples === 0 ? state.max : Math.max(this.max, state.max)
    this.value = state.value
    this.samples += state.samples
  }
}

class RateSink {
  readonly type = 'rate'
  total = 0
  nonZero = 0

  add(value: number): void {
    this.total++
    if (value !== 0) this.nonZero++
  }

  isEmpty(): boolean {
    return this.total === 0
  }

  take(): SinkState {
    const state = { type: this.type, total: this.total, nonZero: this.nonZero } as const
    this.total = 0
    this.nonZero = 0
    return state
  }

  merge(state: SinkState): void {
    if (state.type !== 'rate') throw mismatch(this.type, state.type)
    this.total += state.total
    this.nonZero += state.nonZero
  }
}

export class TrendSink {
  readonly type = 'trend'
  readonly sketch = new Sketch()

  add(value: number): void {
    this.sketch.add(value)
  }

  isEmpty(): boolean {
    return this.sketch.count === 0
  }

  take(): SinkState {
    return { type: this.type, sketch: this.sketch.take() }
  }

  merge(state: SinkState): void {
    if (state.type !== 'trend') throw mismatch(this.type, state.type)
    this.sketch.merge(state.sketch)
  }
}

export type Sink = CounterSink | GaugeSink | RateSink | TrendSink

export function createSink(type: MetricType): Sink {
  switch (type) {
    case 'counter':
      return new CounterSink()
    case 'gauge':
      return new GaugeSink()
    case 'rate':
      return new RateSink()
    case 'trend':
      return new TrendSink()
    default:
      return type satisfies never
  }
}

function mismatch(have: string, got: string): TypeError {
  return new TypeError(`cannot merge a ${got} into a ${have} sink`)
}
