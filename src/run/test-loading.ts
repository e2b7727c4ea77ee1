/**
 * Loads a test: finds the script, compiles it, runs its init code once, and reads its options.
 *
 * Errors  ScriptLoadError, ArchiveError; SockeyeError ERR_NO_EXPORTS, ERR_NOT_A_FUNCTION
 * Source  docs/spec/runner.md §4.1, §4.2
 */

import { epochOrigin } from '../base/clock.js'
import { SockeyeError } from '../base/errors.js'
import { consolidate } from '../config/consolidate.js'
import type { Notice } from '../config/layers.js'
import type { TestPlan } from '../config/plan.js'
import { ConfigError } from '../config/problems.js'
import type { RuntimeOptions } from '../config/runtime.js'
import type { EngineEvents } from '../engine/engine.js'
import type { LoadedScript, Program } from '../engine/workload.js'
import type { Failure, Log } from '../log/log.js'
import type { Logging } from '../log/logging.js'
import type { LogBatch } from '../log/relay.js'
import { ITERATION_START_LAG } from '../metrics/builtin.js'
import type { MetricDefinition } from '../metrics/metric.js'
import { knownSecrets, parseSecretSources, type SecretSourceConfig } from '../modules/k6-secrets/sources.js'
import { isOpenModel } from '../plan/scenario.js'
import { type LoadedSource, loadScript } from '../script/load.js'
import { locateScript, type ScriptSource } from '../script/locate.js'
import { defaultCacheFolder } from '../script/module-cache.js'
import type { NetworkModuleOptions } from '../script/network-modules.js'
import { assertPackageOptions } from '../script/package-options.js'
import { parseThresholds } from '../threshold/parse.js'
import { createThreadEngine } from './create-engine.js'
import { ExitCode, ReasonCode } from './exit-codes.js'
import type { RunHost, RunRequest } from './request.js'
import { version } from './version.js'

export interface TestSource extends LoadedSource {
  readonly source: ScriptSource
  readonly secretSources: readonly SecretSourceConfig[]
}

/** A script whose init code has run. */
export interface LoadedTest extends TestSource {
  readonly loaded: LoadedScript
  /** The options that the script exports, or those of the archive. */
  readonly options: unknown
}

export async function readTest({ script, runtime }: RunRequest, host: RunHost, logging: Logging): Promise<TestSource> {
  const { cwd, readStdin, readStored, env } = host
  const secretSources = parseSecretSources(runtime.secretSources, { cwd, env })
  logging.conceal(knownSecrets(secretSources))
  const source = await locateScript(script, { cwd, readStdin, readStored, type: runtime.inputType })
  const color = host.stderr.isTTY === true && !runtime.noColor
  const network = networkModuleOptions(runtime, env)
  const loaded = await loadScript(source, { cwd, color, network })
  for (const { level, message } of loaded.bundle.network.notices) logging.log.write(level, message)
  return { source, secretSources, ...loaded }
}

/** What an engine loads. Variables of this run go before those of an archive. */
export function programOf({ script, source, secretSources }: TestSource, runtime: RuntimeOptions): Program {
  const archived = source.archive?.metadata
  return {
    script,
    env: { ...archived?.env, ...runtime.scriptEnv },
    compatibilityMode: runtime.compatibilityMode ?? archived?.compatibilityMode ?? 'extended',
    isVerbose: runtime.verbose,
    logsEvery: runtime.logEvery,
    secretSources,
    archivedFiles: source.archive?.files ?? null,
  }
}

/** The options of the script. An archive has its own copy of them. */
export function scriptOptionsOf({ source, bundle }: TestSource, loaded: LoadedScript): unknown {
  if (source.archive !== undefined) {
    // Features are no option of a script: they were applied when the archive was made.
    const { features: _, ...options } = source.archive.metadata.options
    return options
  }
  const { options, optionProblems } = loaded
  if (optionProblems.length > 0) {
    throw new ConfigError(optionProblems.map(({ message, path, hint }) => ({ message, places: [{ path }], hint })))
  }
  if (options === undefined) return undefined
  const exported = JSON.parse(options)
  assertPackageOptions(bundle.packageOptions, exported)
  return exported
}

export function assertRunnable({ functions, values, uncallable }: LoadedScript): void {
  if (functions.length === 0) {
    throw new SockeyeError({
      code: 'ERR_NO_EXPORTS',
      message: 'no exported functions in script',
      hint: 'export the function that a virtual user runs: export default function () { … }',
      exitCode: ExitCode.other,
    })
  }
  for (const name of ['setup', 'teardown']) {
    const kind = uncallable[name]
    if (!values.includes(name) && kind === undefined) continue
    throw new SockeyeError({
      code: 'ERR_NOT_A_FUNCTION',
      message: `exported '${name}' must be a function${kind === undefined ? '' : ` that can be called, and is ${kind}`}`,
      exitCode: ExitCode.scriptException,
    })
  }
}

/** Loads a test for a command that does not run it, and ends its thread afterwards. */
export async function withLoadedTest(
  request: RunRequest,
  host: RunHost,
  logging: Logging,
  act: (test: LoadedTest) => Promise<number>,
): Promise<number> {
  for (const { message } of request.runtime.warnings) logging.log.warning(message)
  const test = await readTest(request, host, logging)
  const events = new InitEvents(logging)
  const engine = createThreadEngine({ events, log: logging.log, shards: 1, epochOrigin: epochOrigin() })
  try {
    const loaded = await engine.load(programOf(test, request.runtime))
    if (loaded === undefined) return events.exitCode
    assertRunnable(loaded)
    return await act({ ...test, loaded, options: scriptOptionsOf(test, loaded) })
  } finally {
    await engine.close()
  }
}

/** The plan of a test that will be run. Warnings about the configuration are logged. */
export function consolidatePlan(test: LoadedTest, request: RunRequest, env: RunHost['env'], log: Log): TestPlan {
  const plan = consolidated(test, request, env)
  for (const { level, message, fields } of plan.warnings) log.write(level, message, fields)
  return plan
}

function consolidated(
  test: LoadedTest,
  { runtime, file, flags, flagPlaces }: RunRequest,
  env: RunHost['env'],
): TestPlan {
  return consolidate({
    file,
    script: test.options,
    env,
    flags,
    flagPlaces,
    exports: test.loaded.functions,
    uncallable: test.loaded.uncallable,
    onlyScenario: runtime.onlyScenario,
    defaultUserAgent: `sockeye/${version}`,
  })
}

/** The plan of a test that will not be run: its thresholds are checked too. */
export function planOf(test: LoadedTest, request: RunRequest, env: RunHost['env'], log: Log): TestPlan {
  const plan = consolidated(test, request, env)
  logNotices(plan.warnings, log)
  if (!request.runtime.noThresholds) {
    parseThresholds(plan.thresholds, { metrics: metricsOf(plan, test.loaded.metrics) })
  }
  return plan
}

/**
 * Logs warnings about options in a command that does not run the test. The Kubernetes operator reads this log, and takes a line that matches
 * `level.*error` for a failure. So the field `error` of a warning is called `reason` here.
 */
export function logNotices(notices: readonly Notice[], log: Log): void {
  for (const { level, message, fields } of notices) {
    const { error, ...others } = fields ?? {}
    log.write(level, message, error === undefined ? fields : { reason: error, ...others })
  }
}

/** The metrics that exist after init code, with the one that only open models have. */
export function metricsOf(plan: TestPlan, metrics: readonly MetricDefinition[]): MetricDefinition[] {
  return [...metrics, ...(plan.scenarios.some(isOpenModel) ? [ITERATION_START_LAG] : [])]
}

/** `exec.test.abort()`, and where it was called. */
export function abortedBy(message: string, place: string): Failure {
  return {
    code: ReasonCode.testAborted,
    message: message === '' ? 'test aborted' : `test aborted: ${message}`,
    ...(place === '' ? {} : { hint: `exec.test.abort() was called at ${place}` }),
  }
}

/** Handles the events of an engine that only runs init code. */
class InitEvents implements EngineEvents {
  exitCode: number = ExitCode.scriptException
  readonly #logging: Logging

  constructor(logging: Logging) {
    this.#logging = logging
  }

  onLog(batch: LogBatch, acknowledge: () => void): void {
    this.#logging.receive(batch, acknowledge)
  }

  onAbort(message: string, place: string): void {
    this.exitCode = ExitCode.testAborted
    this.#logging.log.failure(abortedBy(message, place))
  }

  onLost(_part: string, reason: string): void {
    this.exitCode = ExitCode.internalError
    this.#logging.log.failure({
      code: ReasonCode.shardDied,
      message: `the thread that ran the script died: ${reason}`,
    })
  }

  // The exception has been logged already.
  onInitFailed(): void {}
  onFail(): void {}
}

/** How modules from the network are loaded, from the options of a command. */
export function networkModuleOptions(runtime: RuntimeOptions, env: RunHost['env']): NetworkModuleOptions {
  return {
    cacheFolder: runtime.moduleCache ?? defaultCacheFolder(env),
    allowsHttp: runtime.allowHttpModules,
    prefersHelpers: runtime.bundledJslib,
    ignoresLock: false,
  }
}
