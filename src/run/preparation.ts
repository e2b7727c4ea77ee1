/**
 * The first phase of a run: loads the script, makes the plan, and creates what measures and judges the test. Nothing has been opened at
 * its end.
 *
 * Errors  as test-loading.ts; ConfigError, ThresholdError, those of outputs
 */
import { resolve } from 'node:path'
import { monotonicClock } from '../base/clock.js'
import type { TestPlan } from '../config/plan.js'
import type { LoadedScript, Program, Workload } from '../engine/workload.js'
import { keyLogWarning } from '../net/key-log.js'
import { parseNetworkOptions } from '../net/options.js'
import { createOutput } from '../output/create-output.js'
import type { OutputContext, OutputFactory } from '../output/output.js'
import { Outputs } from '../output/outputs.js'
import { assertOwnFiles } from '../output/own-files.js'
import { Settings } from '../output/settings.js'
import type { NamedResult } from '../report/compare.js'
import { assertReportName } from '../report/report-name.js'
import { readMain, type ScriptSource } from '../script/locate.js'
import { longestWindow, type ParsedThresholds, parseThresholds, selectorWarnings } from '../threshold/parse.js'
import { Measurements } from './measurements.js'
import { ProgressSource } from './progress-source.js'
import type { RunSession } from './session.js'
import { assertRunnable, consolidatePlan, metricsOf, programOf, readTest, scriptOptionsOf } from './test-loading.js'
import { Verdict } from './verdict.js'
import { version } from './version.js'
import { workloadOf } from './workload.js'

const DASHBOARDS = ['dashboard', 'web-dashboard']

export interface Preparation {
  readonly script: LoadedScript
  readonly plan: TestPlan
  readonly workload: Workload
  readonly progress: ProgressSource
  readonly verdict: Verdict
}

/** How far time series go back at least, in ms: outputs that read them may be late. */
const SHORTEST_MEMORY = 30_000
/** After this time, in ms, the user is told that init code is still running. */
const SLOW_INIT = 5000

/** Undefined when the script could not be loaded and that has been reported, or the run was stopped. */
export async function prepare(session: RunSession): Promise<Preparation | undefined> {
  const { request, host, log } = session
  for (const { message } of request.runtime.warnings) log.warning(message)
  const source = await readTest(request, host, session.logging)
  const program = programOf(source, request.runtime)
  const script = await loadSlowly(session, { ...program, env: { ...program.env, ...(await startEcho(session)) } })
  if (script === undefined || session.stop.isStopped) return undefined
  assertRunnable(script)
  const loaded = { ...source, loaded: script, options: scriptOptionsOf(source, script) }
  const plan = consolidatePlan(loaded, request, host.env, log)
  for (const warning of parseNetworkOptions(plan.network).warnings) log.warning(warning)
  const keyLog = keyLogWarning(process.env)
  if (keyLog !== null) log.warning(keyLog)
  const thresholds = thresholdsOf(plan, script, session)
  const outputs = await outputsOf(plan, thresholds, session)
  const workload = workloadOf(plan, {
    thresholds,
    collectsViews: request.runtime.summaryMode === 'full',
    recordsSamples: outputs.wantsSamples,
    collectsSeries: outputs.wantsSeries,
    trackedTags: outputs.trackedTags,
  })
  const measurements = new Measurements({
    ...workload,
    metrics: metricsOf(plan, script.metrics),
    timeline: { history: outputs.wantsHistory, recentMs: Math.max(SHORTEST_MEMORY, longestWindow(thresholds)) },
    now: () => session.epochOrigin + monotonicClock.now(),
  })
  const progress = new ProgressSource(plan, session.engine)
  const verdict = new Verdict({
    host,
    log,
    logging: session.logging,
    stop: session.stop,
    runtime: request.runtime,
    plan,
    thresholds,
    outputs,
    measurements,
    script: request.script,
    scenariosMs: () => progress.scenariosMs,
    scenarios: () => progress.state().scenarios,
    testBegan: () => (session.time.startedAt === undefined ? undefined : session.epochOrigin + session.time.startedAt),
    scenariosBegan: () => (progress.startedAt === null ? undefined : session.epochOrigin + progress.startedAt),
    isUnderLoad: () => progress.status.kind === 'running',
    // Read now: the file may be another one at the end of the test, or gone.
    scriptText: request.runtime.newMachineReadableSummary ? await mainText(source.source) : '',
  })
  return { script, plan, workload, progress, verdict }
}

async function mainText(source: ScriptSource): Promise<string> {
  return Buffer.from(await readMain(source)).toString('utf8')
}

/** Starts the echo server of `--echo`. Returns the variables by which the script finds it. */
async function startEcho(session: RunSession): Promise<Readonly<Record<string, string>>> {
  if (!session.request.runtime.echo) return {}
  const { startEchoThread } = await import('../echo/thread.js')
  const { echoEnvironment } = await import('../echo/report.js')
  const echo = await startEchoThread({ host: '127.0.0.1', tcpPort: 0, tlsPort: 0, wsPort: 0, wssPort: 0 })
  session.onClose(() => echo.close())
  return echoEnvironment(echo)
}

/** Runs init code for as long as it takes, with a warning when that is long. */
async function loadSlowly({ engine, log }: RunSession, program: Program): Promise<LoadedScript | undefined> {
  const seconds = SLOW_INIT / 1000
  const text = `the init code of the script has been running for ${seconds} s; the test starts when it has come to an end`
  const hint = 'is there a loop without an end, or a setInterval that nothing clears? Ctrl+C ends it'
  const timer = setTimeout(() => log.warning(text, { hint }), SLOW_INIT)
  try {
    return await engine.load(program)
  } finally {
    clearTimeout(timer)
  }
}

function thresholdsOf(plan: TestPlan, script: LoadedScript, { request, log }: RunSession): ParsedThresholds {
  const metrics = metricsOf(plan, script.metrics)
  const thresholds = parseThresholds(plan.thresholds, { conditions: !request.runtime.noThresholds, metrics })
  for (const warning of selectorWarnings(thresholds)) log.warning(warning)
  return thresholds
}

async function outputsOf(plan: TestPlan, thresholds: ParsedThresholds, session: RunSession): Promise<Outputs> {
  const { request, host, log } = session
  const context = {
    log,
    stdout: host.stdout,
    workingDirectory: host.cwd,
    // `-e K6_…` configures outputs, too.
    env: { ...host.env, ...request.runtime.scriptEnv },
    config: request.file?.collectors ?? {},
    systemTags: plan.options.systemTags,
    thresholds,
    features: plan.options.features,
    userAgent: `sockeye/${version}`,
    version,
  }
  const { save, reports, apiToken, summaryExport } = request.runtime
  for (const report of reports) assertReportName(report)
  const baseline = await baselineOf(request.runtime.baseline, host.cwd)
  const dashboard: OutputFactory = async (argument) => {
    const { DashboardOutput } = await import('../dashboard/dashboard-output.js')
    return new DashboardOutput(argument, context, { control: () => session.control, apiToken, baseline })
  }
  const dashboards = Object.fromEntries(DASHBOARDS.map((name) => [name, dashboard]))
  const outputs = await Promise.all(
    withDashboard(request.runtime.outputs, context).map((text) => createOutput(text, context, dashboards)),
  )
  if (save !== '') {
    const [{ ResultOutput }, { resultBytes }] = await Promise.all([
      import('../report/result-output.js'),
      import('../report/result-file.js'),
    ])
    outputs.push(new ResultOutput('result', save, context, resultBytes))
  }
  for (const report of reports) {
    const [{ ResultOutput }, { reportBytes }] = await Promise.all([
      import('../report/result-output.js'),
      import('../report/render-report.js'),
    ])
    outputs.push(new ResultOutput('report', report, context, (file, path) => reportBytes(file, path, baseline)))
  }
  const exported = {
    description: 'the summary',
    file: summaryExport === '' ? undefined : resolve(host.cwd, summaryExport),
  }
  assertOwnFiles(outputs, [exported])
  return new Outputs(outputs, log)
}

/** Reads the baseline before the run, so that a missing file is not found out at its end. */
async function baselineOf(path: string, cwd: string): Promise<NamedResult | undefined> {
  if (path === '') return undefined
  const { readResult } = await import('../report/read-result.js')
  return readResult(path, cwd)
}

/** K6_WEB_DASHBOARD=true is one more output, unless there is a dashboard already. */
function withDashboard(outputs: readonly string[], context: Pick<OutputContext, 'env' | 'config'>): readonly string[] {
  const isWanted = new Settings('web-dashboard', new Map(), context).boolean({ env: 'WEB_DASHBOARD' })
  const hasOne = outputs.some((text) => DASHBOARDS.includes(text.split('=', 1)[0] as string))
  return isWanted && !hasOne ? [...outputs, 'web-dashboard'] : outputs
}
