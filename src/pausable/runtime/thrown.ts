/**
 * Where a value was thrown that is no error: a string, a number and a plain object have no stack. The compiler passes what
 * `throw` throws through {@link thrown}, which keeps the stack of the latest few.
 */

interface Throw {
  readonly value: unknown
  readonly place: Error
}

/** A value is asked for soon after it was thrown. */
const KEPT = 16
const latest: Throw[] = []

/** Gives the value back. */
export function thrown<T>(value: T): T {
  if (!(value instanceof Error)) {
    if (latest.length === KEPT) latest.shift()
    latest.push({ value, place: new Error() })
  }
  return value
}

/** An error whose stack leads to the latest `throw` of the value. */
export function placeOfThrow(value: unknown): Error | undefined {
  return latest.findLast((entry) => Object.is(entry.value, value))?.place
}
