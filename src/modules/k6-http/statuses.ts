/**
 * Which statuses a script expects: `http.expectedStatuses`, `http.setResponseCallback`.
 *
 * Errors  HostError with k6's texts
 * Source  docs/spec/http.md §18
 */
import { HostError } from '../../vu/host-error.js'

interface Range {
  readonly min: number
  readonly max: number
}

/** Reads the ranges, which scripts cannot see. */
let accepts: (statuses: ExpectedStatuses, status: number) => boolean

/** What `http.expectedStatuses` returns. Scripts cannot look into it. */
export class ExpectedStatuses {
  readonly #ranges: readonly Range[]

  constructor(ranges: readonly Range[]) {
    this.#ranges = ranges
  }

  static {
    accepts = (statuses, status) => statuses.#ranges.some(({ min, max }) => status >= min && status <= max)
  }
}

/** Null: the script has switched the check of statuses off. */
export type ResponseCallback = ExpectedStatuses | null

export const USUAL_STATUSES = new ExpectedStatuses([{ min: 200, max: 399 }])

export function isExpected(statuses: ExpectedStatuses, status: number): boolean {
  if (statuses === USUAL_STATUSES) return status >= 200 && status <= 399
  return accepts(statuses, status)
}

export function expectedStatuses(...args: readonly unknown[]): ExpectedStatuses {
  if (args.length === 0) throw new HostError('no arguments')
  return new ExpectedStatuses(args.map(rangeOf))
}

function rangeOf(given: unknown, index: number): Range {
  if (Number.isInteger(given)) return { min: given as number, max: given as number }
  if (given === undefined || given === null) throw new TypeError(`cannot convert ${given} to object`)
  const { min, max } = given as { min?: unknown; max?: unknown }
  if (typeof given !== 'object' || min === undefined || max === undefined) {
    throw new HostError(
      `argument number ${index + 1} to expectedStatuses was neither an integer nor an object like {min:100, max:329}`,
    )
  }
  if (!Number.isInteger(min) || !Number.isInteger(max)) {
    throw new HostError(`both min and max need to be integers for argument number ${index + 1}`)
  }
  return { min: min as number, max: max as number }
}
