/**
 * Makes the test plan of all sources of configuration: reads and joins them, checks the result, and reports all problems at once.
 *
 * Errors  ConfigError with all problems
 * Source  docs/spec/runner.md §1.7, §2
 */
import { SockeyeError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { DEFAULT_SYSTEM_TAGS, SYSTEM_TAGS } from '../metrics/system-tags.js'
import { DEFAULT_TREND_STATS, parseTrendStat } from '../metrics/trend-stat.js'
import { requirementsOf } from '../plan/requirements.js'
import type { Scenario } from '../plan/scenario.js'
import { SegmentError } from '../plan/segment.js'
import { Share } from '../plan/share.js'
import type { ConfigFile } from './config-file.js'
import { enabledFeatures, featureNotices, featureTags } from './features.js'
import {
  type Environment,
  type Findings,
  type Layer,
  mergeLayers,
  type OptionPlaces,
  readEnvironment,
  readObject,
  whereWritten,
} from './layers.js'
import { networkProblems } from './network-checks.js'
import { OPTION_NAMES, OPTIONS, type OptionName, type OptionSupport, type OptionValues } from './option-table.js'
import {
  DEFAULT_HTTP_OPTIONS,
  type HttpOptions,
  NETWORK_OPTIONS,
  type PlanTotals,
  type RawNetwork,
  type RunOptions,
  type TestPlan,
} from './plan.js'
import { ConfigError, shown } from './problems.js'
import {
  checkScenarioForms,
  type ParsedScenario,
  parseScenarios,
  type RawScenarios,
  rawScenarios,
} from './scenarios.js'

export interface ConfigSources {
  readonly file?: ConfigFile
  /** What the script exports as `options`. */
  readonly script?: unknown
  readonly env: Environment
  /** Test options from flags. */
  readonly flags?: OptionValues
  /** The flags as the user wrote them, for messages. */
  readonly flagPlaces?: OptionPlaces
  /** Names of the functions that the script exports; `exec` is not checked without them. */
  readonly exports?: readonly string[]
  /** Exports that look like functions but run nothing when they are called, and what they are: `a generator function`. */
  readonly uncallable?: Readonly<Record<string, string>>
  /** The only scenario to run, which then starts at once. */
  readonly onlyScenario?: string
  readonly defaultUserAgent?: string
}

export function consolidate(sources: ConfigSources): TestPlan {
  const findings: Findings = { problems: [], notices: [], unknownOptions: [] }
  const layers = readLayers(sources, findings)
  const features = enabledFeatures(layers)
  const values = mergeLayers(layers, features.includes('merge-run-tags'), findings)
  findings.notices.push(...featureNotices(layers), ...noticesOfIdleOptions(values))
  checkValues(values, findings)
  findings.problems.push(...networkProblems(networkOf(values)))
  const parsed = parseScenarios(selected(rawScenarios(values, findings), sources, findings), findings, sources)
  const share = readShare(values, findings)
  if (findings.problems.length > 0)
    throw new ConfigError(findings.problems.map((problem) => whereWritten(problem, layers)))
  const startsAtOnce = sources.onlyScenario !== undefined
  const scenarios = parsed.map(({ scenario }) => (startsAtOnce ? { ...scenario, startTime: 0 } : scenario))
  return {
    scenarios,
    segment: { segment: values.executionSegment ?? '', sequence: values.executionSegmentSequence ?? '' },
    options: runOptions(values, features, sources.defaultUserAgent ?? 'sockeye'),
    thresholds: values.thresholds ?? {},
    network: networkOf(values),
    totals: totalsOf(scenarios, share),
    values: withDefaults(values),
    overridden: overriddenIn(values, layers),
    scenarioFields: Object.fromEntries(parsed.map(({ scenario, fields }: ParsedScenario) => [scenario.name, fields])),
    ignoredOptions: findings.unknownOptions ?? [],
    warnings: findings.notices,
  }
}

/** The options of a script alone, without other sources, as `inspect` shows them. */
export function readScriptOptions(script: unknown): {
  readonly values: OptionValues
  readonly warnings: Findings['notices']
} {
  const findings: Findings = { problems: [], notices: [] }
  const { values } = readScript(script, findings)
  checkScenarioForms(values.scenarios ?? {}, findings)
  if (findings.problems.length > 0) throw new ConfigError(findings.problems)
  return { values, warnings: findings.notices }
}

function readLayers({ file, script, env, flags, flagPlaces }: ConfigSources, findings: Findings): Layer[] {
  return [
    ...(file === undefined ? [] : [readObject(file.options, 'file', findings)]),
    readScript(script, findings),
    readEnvironment(env, findings),
    { name: 'cli', values: flags ?? {}, places: flagPlaces ?? {} },
  ]
}

function readScript(script: unknown, findings: Findings): Layer {
  if (script === undefined || script === null) return { name: 'script', values: {} }
  if (typeof script === 'object' && !Array.isArray(script)) {
    return readObject(script as Record<string, unknown>, 'script', findings)
  }
  findings.problems.push({
    message: `options must be an object, got ${shown(script)}`,
    places: [{ path: 'options', value: script }],
    hint: "export const options = { vus: 10, duration: '30s' }",
  })
  return { name: 'script', values: {} }
}

const IDLE = {
  later: 'not supported yet',
  cloud: 'for Grafana Cloud, which is not supported',
} as const satisfies Record<Exclude<OptionSupport, 'supported'>, string>

/** Warns of options that are set and have no effect, so that nobody relies on them. */
function noticesOfIdleOptions(values: OptionValues): Findings['notices'] {
  return (Object.keys(IDLE) as (keyof typeof IDLE)[]).flatMap((support) => {
    const names = OPTION_NAMES.filter((name) => isSet(values[name]) && OPTIONS[name].support === support)
    if (names.length === 0) return []
    const list = names.map((name) => `\`${name}\``).join(', ')
    const message =
      names.length === 1
        ? `the option ${list} is ${IDLE[support]}: it has no effect`
        : `the options ${list} are ${IDLE[support]}: they have no effect`
    return [{ level: 'warning' as const, message }]
  })
}

/** Whether a value asks for something. `paused: false` does not. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== false
}

const POSITIVE: readonly OptionName[] = ['setupTimeout', 'teardownTimeout', 'handleSummaryTimeout']

function checkValues(values: OptionValues, { problems, notices }: Findings): void {
  for (const name of POSITIVE) {
    const value = values[name] as number | undefined
    if (value === undefined || value > 0) continue
    problems.push({ message: `${name} must be positive`, places: [{ path: `options.${name}`, value }] })
  }
  for (const name of ['batch', 'batchPerHost'] as const) {
    const value = values[name]
    if (value === undefined || value >= 0) continue
    const hint = '0 is no limit'
    problems.push({ message: `${name} can't be negative`, places: [{ path: `options.${name}`, value }], hint })
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break would begin a header of its own
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(values.userAgent ?? '')) {
    const places = [{ path: 'options.userAgent', value: values.userAgent }]
    problems.push({
      message: 'userAgent must be the value of a header, without line breaks and control characters',
      places,
    })
  }
  if ((values.minIterationDuration ?? 0) < 0) {
    const places = [{ path: 'options.minIterationDuration', value: values.minIterationDuration }]
    problems.push({ message: "the minIterationDuration can't be negative", places })
  }
  values.summaryTrendStats?.forEach((stat, i) => {
    try {
      parseTrendStat(stat)
    } catch (error) {
      if (!(error instanceof SockeyeError)) throw error
      const places = [{ path: `options.summaryTrendStats[${i}]`, value: stat }]
      problems.push({ message: error.message, places, hint: error.hint, exitCode: error.exitCode })
    }
  })
  const unit = values.summaryTimeUnit
  if (unit !== undefined && !isTimeUnit(unit)) {
    const message = `invalid summary time unit '${unit}', use 's', 'ms' or 'us'; durations are shown in the unit that suits them`
    notices.push({ level: 'warning', message })
  }
}

export function isTimeUnit(unit: string): unit is RunOptions['summaryTimeUnit'] {
  return ['', 's', 'ms', 'us'].includes(unit)
}

function selected(raw: RawScenarios, { onlyScenario }: ConfigSources, { problems }: Findings): RawScenarios {
  if (onlyScenario === undefined) return raw
  const names = Object.keys(raw.byName)
  if (names.includes(onlyScenario)) return { ...raw, byName: { [onlyScenario]: raw.byName[onlyScenario] } }
  const guess = nearest(onlyScenario, names)
  problems.push({
    message: `scenario '${onlyScenario}' is not defined`,
    places: [{ path: '--scenario', value: onlyScenario }],
    hint: guess === undefined ? `scenarios are ${names.join(', ')}` : `did you mean ${guess}?`,
  })
  return raw
}

function readShare(values: OptionValues, { problems }: Findings): Share {
  const { executionSegment = '', executionSegmentSequence = '' } = values
  try {
    return Share.parse(executionSegment, executionSegmentSequence)
  } catch (error) {
    if (!(error instanceof SegmentError)) throw error
    const places = [
      { path: 'options.executionSegment', value: values.executionSegment },
      { path: 'options.executionSegmentSequence', value: values.executionSegmentSequence },
    ]
    problems.push({
      message: error.message,
      places: places.filter(({ value }) => value !== undefined),
      hint: error.hint,
    })
    return Share.WHOLE
  }
}

function totalsOf(scenarios: readonly Scenario[], share: Share): PlanTotals {
  const { totalDuration, maxVUs, plannedVUs } = requirementsOf(scenarios, share)
  return { duration: totalDuration, maxVUs, plannedVUs }
}

function runOptions(values: OptionValues, features: readonly string[], defaultUserAgent: string): RunOptions {
  const timeUnit = values.summaryTimeUnit ?? ''
  return {
    paused: values.paused ?? false,
    noSetup: values.noSetup ?? false,
    noTeardown: values.noTeardown ?? false,
    setupTimeout: values.setupTimeout ?? 60_000,
    teardownTimeout: values.teardownTimeout ?? 60_000,
    handleSummaryTimeout: values.handleSummaryTimeout ?? 120_000,
    minIterationDuration: values.minIterationDuration ?? 0,
    tags: { ...values.tags, ...featureTags(features) },
    systemTags: systemTagsOf(values.systemTags),
    summaryTrendStats: values.summaryTrendStats ?? DEFAULT_TREND_STATS,
    summaryTimeUnit: isTimeUnit(timeUnit) ? timeUnit : '',
    throw: values.throw ?? false,
    userAgent: values.userAgent ?? defaultUserAgent,
    noCookiesReset: values.noCookiesReset ?? false,
    keepConnections: values.keepConnections ?? false,
    http: httpOptions(values),
    metricSamplesBufferSize: values.metricSamplesBufferSize ?? 1000,
    consoleOutput: values.consoleOutput ?? '',
    ext: values.ext ?? {},
    features,
  }
}

function httpOptions(values: OptionValues): HttpOptions {
  const debug = values.httpDebug ?? ''
  const defaults = DEFAULT_HTTP_OPTIONS
  return {
    batch: values.batch ?? defaults.batch,
    batchPerHost: values.batchPerHost ?? defaults.batchPerHost,
    discardResponseBodies: values.discardResponseBodies ?? defaults.discardResponseBodies,
    debug: debug === '' || debug === 'full' ? debug : 'headers',
    maxRedirects: values.maxRedirects ?? defaults.maxRedirects,
    noConnectionReuse: values.noConnectionReuse ?? defaults.noConnectionReuse,
    noVUConnectionReuse: values.noVUConnectionReuse ?? defaults.noVUConnectionReuse,
    rps: Math.max(0, values.rps ?? defaults.rps),
  }
}

/** An empty array keeps the default; the text `""` (two quotes) means none. Unknown names are dropped. */
function systemTagsOf(names: readonly string[] | undefined): readonly string[] {
  if (names === undefined || names.length === 0) return DEFAULT_SYSTEM_TAGS
  return SYSTEM_TAGS.filter((tag) => names.includes(tag))
}

function networkOf(values: OptionValues): RawNetwork {
  return Object.fromEntries(NETWORK_OPTIONS.map((name) => [name, values[name]]))
}

/** Options whose value is not the one in the script. */
function overriddenIn(values: OptionValues, layers: readonly Layer[]): OptionName[] {
  const own = layers.find(({ name }) => name === 'script')?.values ?? {}
  return OPTION_NAMES.filter((name) => JSON.stringify(values[name]) !== JSON.stringify(own[name]))
}

/** With the defaults of the two options whose defaults `inspect` shows. */
function withDefaults(values: OptionValues): OptionValues {
  const { summaryTrendStats = DEFAULT_TREND_STATS, systemTags } = values
  return { ...values, summaryTrendStats, systemTags: [...systemTagsOf(systemTags)].sort() }
}
