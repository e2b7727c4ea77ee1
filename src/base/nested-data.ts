/** Plain data with what is nested in it, however deep. */

/** No option and no metadata is nested so deep. What walks data by recursion, as `JSON.stringify` does, runs out of stack at some depth. */
const DEEPEST = 200

/** Walks level by level, without recursion. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
  return false
}

/** Freezes plain data with all that is in it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
