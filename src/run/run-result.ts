/** Makes the result of a run, as outputs get it, from what was measured. */
import type {
  CheckOutcome,
  LogLine,
  Machine,
  PlannedLoad,
  RunResult,
  ScenarioOutcome,
  ThresholdOutcome,
} from '../output/run-result.js'
import { buildResults, type RunData } from '../summary/build.js'
import type { ScenarioProgress } from '../terminal/progress-state.js'
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
  readonly scenarios: readonly ScenarioProgress[]
  readonly tags: Readonly<Record<string, string>>
  readonly machine: Machine
}

export function runResultOf(facts: RunFacts): RunResult {
  const { trendStats, exitCode, reason, script, startedAt, notes, log, planned, scenarios, tags, machine, ...data } =
    facts
  const results = buildResults({ ...data, options: { mode: 'compact', trendStats, timeUnit: null } })
  return {
    verdict: exitCode === ExitCode.success ? 'passed' : exitCode === ExitCode.thresholdsFailed ? 'failed' : 'aborted',
    exitCode,
    ...(reason !== undefined && { reason }),
    script,
    startedAt,
    durationMs: data.durationMs,
    ...(data.scenariosMs !== undefined && { scenariosMs: data.scenariosMs }),
    thresholds: thresholdOutcomes(data),
    checks: results.checks.map(({ name, group, passes, fails }): CheckOutcome => ({ name, group, passes, fails })),
    metrics: results.metrics
      .filter(({ isEmpty }) => !isEmpty)
      .map(({ name, type, contains, values }) => ({ name, type, contains, values })),
    errors: data.errors,
    notes,
    log,
    planned,
    scenarios: scenarios.map(scenarioOutcome),
    tags,
    machine,
  }
}

function scenarioOutcome({ status, fraction, totalMs, dropped = 0, ...progress }: ScenarioProgress): ScenarioOutcome {
  const { name, executor, timeMs, vus, iterations, ratePerSecond } = progress
  return {
    name,
    executor,
    state: status,
    progress: fraction,
    timeMs: Math.round(timeMs),
    totalMs: Number.isFinite(totalMs) ? totalMs : null,
    vus,
    ...(iterations !== undefined && { iterations: { done: iterations.done, total: iterations.total } }),
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    dropped,
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
