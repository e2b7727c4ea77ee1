/**
 * From a request to everything that a run needs: the loaded script, the plan, and what measures and judges it.
 *
 * Errors  as load-test.ts; ConfigError, ThresholdError
 */

import { monotonicClock } from '../base/clock.js'
import type { TestPlan } from '../config/plan.js'
import type { LoadedScript, Program } from '../engine/workload.js'
import type { Log } from '../log/log.js'
import { automaticSubmetrics } from '../metrics/builtin.js'
import { parseNetworkOptions } from '../net/options.js'
import { createOutput } from '../output/create-output.js'
import { Outputs } from '../output/outputs.js'
import { ThresholdEvaluator } from '../threshold/evaluator.js'
import { type ParsedThresholds, parseThresholds, selectorWarnings, submetricsOf } from '../threshold/parse.js'
import {
  assertRunnable,
  consolidatePlan,
  metricsOf,
  programOf,
  readTest,
  scriptOptionsOf,
  type TestSource,
} from './load-test.js'
import { Measurements } from './measurements.js'
import type { RunHost, RunRequest } from './request.js'

export interface PreparedTest {
  readonly source: TestSource
  readonly script: LoadedScript
  readonly plan: TestPlan
  readonly thresholds: ParsedThresholds
  readonly measurements: Measurements
  readonly evaluator: ThresholdEvaluator
  readonly outputs: Outputs
}

export interface PreparationTools {
  readonly log: Log
  /** What the monotonic clock's zero is in the time of day, in milliseconds. */
  readonly epochOrigin: number
  /** What the echo server beside the test adds to the environment of the script. */
  readonly startEcho: () => Promise<Readonly<Record<string, string>>>
  /** Runs the init code; undefined when that failed and has been reported, or the run was stopped. */
  readonly load: (program: Program) => Promise<LoadedScript | undefined>
}

/** The user is told that the script is still being loaded. */
const SLOW_INIT = 5000

/** Undefined when the script could not be loaded and that has been reported. */
export async function prepareTest(
  request: RunRequest,
  host: RunHost,
  tools: PreparationTools,
): Promise<PreparedTest | undefined> {
  const { log } = tools
  for (const { message } of request.runtime.warnings) log.warning(message)
  const source = await readTest(request, host)
  const own = programOf(source, request.runtime)
  const program: Program = { ...own, env: { ...own.env, ...(await tools.startEcho()) } }
  const script = await loadSlowly(program, tools)
  if (script === undefined) return undefined
  assertRunnable(script)
  const loaded = { ...source, loaded: script, options: scriptOptionsOf(source, script) }
  const plan = consolidatePlan(loaded, request, host.env, log)
  return { source, script, plan, ...judged(plan, script, request, tools, host) }
}

/** A run waits for init code as long as it takes, but not without a word. */
async function loadSlowly(program: Program, { log, load }: PreparationTools): Promise<LoadedScript | undefined> {
  const seconds = SLOW_INIT / 1000
  const text = `the init code of the script has been running for ${seconds} s; the test starts when it has come to an end`
  const timer = setTimeout(() => log.warning(text), SLOW_INIT)
  try {
    return await load(program)
  } finally {
    clearTimeout(timer)
  }
}

function judged(
  plan: TestPlan,
  script: LoadedScript,
  { runtime, file }: RunRequest,
  { log, epochOrigin }: PreparationTools,
  { stdout, cwd, env }: RunHost,
): Pick<PreparedTest, 'thresholds' | 'measurements' | 'evaluator' | 'outputs'> {
  const network = parseNetworkOptions(plan.network)
  for (const warning of network.warnings) log.warning(warning)
  const metrics = metricsOf(plan, script.metrics)
  const thresholds = parseThresholds(plan.thresholds, { conditions: !runtime.noThresholds, metrics })
  for (const warning of selectorWarnings(thresholds)) log.warning(warning)
  const context = {
    log,
    stdout,
    workingDirectory: cwd,
    env,
    config: file?.collectors ?? {},
    systemTags: plan.options.systemTags,
    thresholds,
  }
  const outputs = new Outputs(
    runtime.outputs.map((text) => createOutput(text, context)),
    log,
  )
  const measurements = new Measurements({
    metrics,
    submetrics: submetricsOf(thresholds, automaticSubmetrics(plan.options.systemTags)),
    collectsViews: runtime.summaryMode === 'full',
    recordsSamples: outputs.wantsSamples,
    timeline: { history: outputs.wantsHistory, recentMs: 0 },
    runTags: plan.options.tags,
    now: () => epochOrigin + monotonicClock.now(),
  })
  return { thresholds, outputs, measurements, evaluator: new ThresholdEvaluator(thresholds, measurements.registry) }
}
