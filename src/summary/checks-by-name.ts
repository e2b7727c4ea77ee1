/** Checks of one name in several groups, added up: what the totals show. In order of first use. */
import type { CheckResult } from './results.js'

export function byName(checks: readonly CheckResult[]): CheckResult[] {
  const known = new Map<string, CheckResult>()
  for (const check of checks) known.set(check.name, sum(known.get(check.name), check))
  return [...known.values()]
}

function sum(known: CheckResult | undefined, check: CheckResult): CheckResult {
  if (known === undefined) return check
  return { ...known, passes: known.passes + check.passes, fails: known.fails + check.fails }
}
