/** How deep JSON is nested: whatever walks it by recursion, as `JSON.stringify` does, ends with the stack. */

/** No option and no metadata comes near that. */
const DEEPEST = 200

/** Without recursion. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
  return false
}
