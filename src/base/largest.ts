/** The largest of the numbers and 0. Not `Math.max(...)`: there may be more of them than a call may have arguments. */
export function largest(values: Iterable<number>): number {
  let highest = 0
  for (const value of values) if (value > highest) highest = value
  return highest
}
