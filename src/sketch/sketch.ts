/** Placeholder contract; being written: mergeable quantile sketch (DDSketch), relative error at most 0.5 %. */
export interface SketchState {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly buckets: unknown
}

export declare class Sketch {
  count: number
  sum: number
  min: number
  max: number
  add(value: number): void
  quantile(q: number): number
  take(): SketchState
  merge(state: SketchState): void
}
