/** How a test is divided among its instances: as execution segments, which add up to it exactly. */
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

/** To work it out takes some ms for each, and more the more there are. */
const MOST_WORKED_OUT = 1000
/** Heartbeats must go on meanwhile. */
const IN_ONE_TURN = 20

/** How many VUs each part plans with, so that all of them have numbers without gaps; empty for very many parts. */
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
