/** Divides a test among instances, as execution segments. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Workload } from '../engine/workload.js'
import { Fraction } from '../plan/fraction.js'
import { requirementsOf } from '../plan/requirements.js'
import { formatSequence, parseSequence, Segment } from '../plan/segment.js'
import { Share } from '../plan/share.js'

export interface Division {
  readonly parts: readonly {
    /** `1/3:2/3` */
    readonly segment: string
    /** The size of the segment, 0 … 1. */
    readonly fraction: number
  }[]
  /** `0,1/3,2/3,1` */
  readonly sequence: string
}

/** Makes segments whose sizes are in proportion to `weights`, which are whole numbers above 0. */
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

/** For more parts the computation takes too long: some ms for each, and more the more there are. */
const MOST_WORKED_OUT = 1000
/** After so many parts the event loop turns, so that heartbeats continue. */
const IN_ONE_TURN = 20

/** The number of planned VUs of each part, which instances need to number VUs without gaps; empty for more than 1000 parts. */
export async function plannedBy(
  parts: Division['parts'],
  sequence: string,
  { scenarios }: Pick<Workload, 'scenarios'>,
): Promise<number[]> {
  if (parts.length > MOST_WORKED_OUT) return []
  const points = parseSequence(sequence)
  const planned: number[] = []
  for (const { segment } of parts) {
    planned.push(requirementsOf(scenarios, Share.ofSegment(Segment.parse(segment), points)).plannedVUs)
    if (planned.length % IN_ONE_TURN === 0) await nextTurn()
  }
  return planned
}
