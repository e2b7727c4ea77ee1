/**
 * The measurements of one time series in one stretch of time. The sketch of a trend is a Sketch while more samples may come, and packed bytes
 * after that.
 */
import { compacted, decodeSketch, encodeSketch } from '../../sketch/codec.js'
import { Sketch, type SketchState } from '../../sketch/sketch.js'
import { type Sink, type SinkState, TrendSink } from '../sink.js'

/** Sketches of longer stretches are coarser: quantiles are within 1.6 % there. */
const COARSE_STEP = 4

export class Cell {
  /** Epoch milliseconds. */
  readonly start: number
  #sink: Sink | null
  #packed: Uint8Array | null = null

  constructor(start: number, sink: Sink) {
    this.start = start
    this.#sink = sink
  }

  add(state: SinkState): void {
    this.#open().merge(state)
  }

  /** Packs the cell, because no more samples are expected. It is unpacked again if some come. */
  close({ coarse = false } = {}): void {
    if (this.#sink?.type !== 'trend') return
    this.#packed = encodeSketch(compacted(this.#sink.sketch.take(), coarse ? COARSE_STEP : 1))
    this.#sink = null
  }

  /** The measurements, as a copy. */
  state(): SinkState {
    if (this.#packed !== null) return { type: 'trend', sketch: decodeSketch(this.#packed) }
    return copyOf(this.#sink as Sink)
  }

  #open(): Sink {
    if (this.#packed !== null) {
      const sink = new TrendSink()
      sink.sketch.merge(decodeSketch(this.#packed))
      this.#packed = null
      this.#sink = sink
    }
    return this.#sink as Sink
  }
}

/** The state of a sink. A sink can only be emptied, so it gets its state back. */
function copyOf(sink: Sink): SinkState {
  const state = sink.take()
  sink.merge(state)
  return state
}

/** A live sketch of plain data, to ask for quantiles. */
export function sketchOf(state: SketchState): Sketch {
  const sketch = new Sketch()
  sketch.merge(state)
  return sketch
}
