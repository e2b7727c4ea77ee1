/** How a test is divided among its instances: as execution segments, which add up to it exactly. */
import { Fraction } from '../plan/fraction.js'
import { formatSequence, Segment } from '../plan/segment.js'

export interface Division {
  readonly parts: readonly {
    /** `1/3:2/3` */
    readonly segment: string
    /** 0 to 1. */
    readonly fraction: number
  }[]
  /** `0,1/3,2/3,1` */
  readonly sequence: string
}

/** Each instance gets a part as large as its weight among all; weights are whole numbers above 0. */
export function divide(weights: readonly number[]): Division {
  const total = BigInt(weights.reduce((sum, weight) => sum + weight, 0))
  let end = 0n
  const segments = weights.map((weight) => {
    const from = end
    end += BigInt(weight)
    return new Segment(new Fraction(from, total), new Fraction(end, total))
  })
  return {
    parts: segments.map((segment) => ({ segment: String(segment), fraction: segment.length.toNumber() })),
    sequence: formatSequence(segments),
  }
}
