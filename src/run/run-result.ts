/** From what was measured to how the run came out, as outputs get it. */
import type { CheckOutcome, LogLine, PlannedLoad, RunResult, ThresholdOutcome } from '../output/run-result.js'
import { buildResults, type RunData } from '../summary/build.js'
import { ExitCode } from './exit-codes.js'

export interface RunFacts extends Omit<RunData, 'options' | 'notes'> {
  readonly trendStats: readonly string[]
  readonly exitCode: number
  readonly reason: string | undefined
  readonly script: string
  readonly startedAt: number
  readonly notes: readonly string[]
  readonly log: readonly LogLine[]
  readonly planned: readonly PlannedLoad[]
}

export function runResultOf(facts: RunFacts): RunResult {
  const { trendStats, exitCode, reason, script, startedAt, notes, log, planned, ...data } = facts
  const results = buildResults({ ...data, options: { mode: 'compact', trendStats, timeUnit: null } })
  return {
    verdict: exitCode === ExitCode.success ? 'passed' : exitCode === ExitCode.thresholdsFailed ? 'failed' : 'aborted',
    exitCode,
    ...(reason !== undefined && { reason }),
    script,
    startedAt,
    durationMs: data.durationMs,
    thresholds: thresholdOutcomes(data),
    checks: results.checks.map(({ name, group, passes, fails }): CheckOutcome => ({ name, group, passes, fails })),
    metrics: results.metrics
      .filter(({ isEmpty }) => !isEmpty)
      .map(({ name, type, contains, values }) => ({ name, type, contains, values })),
    errors: data.errors,
    notes,
    log,
    planned,
  }
}

function thresholdOutcomes(data: Omit<RunData, 'options'>): ThresholdOutcome[] {
  const { thresholds, registry, evaluator, durationMs, scenariosMs = durationMs } = data
  return thresholds.flatMap((entry) =>
    entry.thresholds.map((threshold) => ({
      metric: entry.name,
      source: threshold.source,
      ok: evaluator.isOk(threshold),
      value: registry.sink(entry.name)?.isEmpty() === false ? evaluator.observed(entry, threshold, scenariosMs) : null,
      limit: threshold.expression.limit,
    })),
  )
}
