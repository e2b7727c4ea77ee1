/**
 * What an engine is given: a program to load, and then the work to do with it. Plain data, the same for all parts of an engine: each
 * works out its own share.
 *
 * Units  milliseconds
 */
import type { HttpOptions } from '../config/plan.js'
import type { MetricDefinition, Submetric } from '../metrics/metric.js'
import type { SecretSourceConfig } from '../modules/k6-secrets/sources.js'
import type { AddressPool } from '../net/local-ips.js'
import type { NetworkOptions } from '../net/options.js'
import type { Scenario } from '../plan/scenario.js'
import type { CompiledScript } from '../script/script-program.js'

/** A compiled script, and what its init code can see. */
export interface Program {
  readonly script: CompiledScript
  /** `__ENV`. */
  readonly env: Readonly<Record<string, string>>
  readonly compatibilityMode: 'base' | 'extended'
  /** Log records of level debug are wanted. */
  readonly isVerbose: boolean
  /** Repeated log records are sent one by one. */
  readonly logsEvery: boolean
  /** What `open()` reads instead of the disk, by URL; null for a script that came in no archive. */
  readonly archivedFiles: ReadonlyMap<string, Uint8Array> | null
  /** Where `k6/secrets` takes its secrets from. */
  readonly secretSources: readonly SecretSourceConfig[]
}

export interface OptionProblem {
  readonly message: string
  /** `options.scenarios.a.rate` */
  readonly path: string
  readonly hint?: string
}

/** What the init code tells. */
export interface LoadedScript {
  /** Names of exported functions, and of other exports. */
  readonly functions: readonly string[]
  readonly values: readonly string[]
  /** Functions that a call does not run, by name: `a class`, `a generator function`. */
  readonly uncallable: Readonly<Record<string, string>>
  /** `options` as JSON; undefined when the script has none. */
  readonly options: string | undefined
  /** Why the options cannot be used; empty when they can. */
  readonly optionProblems: readonly OptionProblem[]
  /** Metrics that exist after the init code: built-in and the script's own. */
  readonly metrics: readonly MetricDefinition[]
  /** Absolute paths of the files that it opened. */
  readonly openedFiles: readonly string[]
}

/** What has become of the iterations of a scenario. */
export interface CountedWork {
  readonly ended: number
  readonly dropped: number
}

export interface DoneWork extends CountedWork {
  readonly isOver: boolean
}

/** What an instance knows of the others. */
export interface WholeTest {
  /** How many VUs each instance plans with; empty when that is not known, and then there are gaps between numbers. */
  readonly plannedVUs: readonly number[]
  /** The number of this instance among them. */
  readonly instance: number
}

export interface Workload {
  /** The scenarios of the whole test, with their full numbers of VUs and iterations. */
  readonly scenarios: readonly Scenario[]
  /** The part of the test that this engine runs, as the options have it. */
  readonly executionSegment: string
  readonly executionSegmentSequence: string
  /** The shortest time that an iteration takes, in ms: a VU waits for the rest of it. 0 for none. */
  readonly minIterationDuration: number
  readonly submetrics: readonly Submetric[]
  /** Whether samples are also summed up by scenario and group. */
  readonly collectsViews: boolean
  /** Tags whose values are also summed up by themselves, for time series. */
  readonly trackedTags: readonly string[]
  readonly recordsSamples: boolean
  /** Whether every time series is reported by itself. */
  readonly collectsSeries: boolean
  readonly runTags: Readonly<Record<string, string>>
  readonly systemTags: readonly string[]
  readonly throw: boolean
  readonly userAgent: string
  readonly noCookiesReset: boolean
  readonly keepConnections: boolean
  /** Scripts cannot change `__ENV`. */
  readonly freezesEnv: boolean
  readonly http: HttpOptions
  readonly network: NetworkOptions
  /** Source addresses; null lets the system choose. */
  readonly localIPs: AddressPool | null
  /** What `exec.test.options` shows. */
  readonly scriptOptions: unknown
  /** VUs have the numbers of the whole test in place of those of the instance: a test on many machines is as one on one. */
  readonly wholeTest?: WholeTest
  /** By scenario: what another engine has done of this part, which is lost; undefined when there was none. */
  readonly resumed?: readonly DoneWork[]
  /** What the `options` that the script exports get after the init code. */
  readonly optionOverrides: Readonly<Record<string, unknown>>
}
