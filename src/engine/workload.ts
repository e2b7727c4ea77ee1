/**
 * What an engine gets: a program to load, and then the work to do with it. Both are plain data, the same for all parts of an engine; each
 * computes its own share.
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
  /** Log records of level debug are sent, too. */
  readonly isVerbose: boolean
  /** Repeated log records are sent one by one, and not counted. */
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

/** A script after its init code has run. */
export interface LoadedScript {
  /** Names of exported functions. */
  readonly functions: readonly string[]
  /** Names of other exports. */
  readonly values: readonly string[]
  /** Exported functions that cannot be called, by name, and what they are: `a class`, `a generator function`. */
  readonly uncallable: Readonly<Record<string, string>>
  /** `options` as JSON; undefined when the script has none. */
  readonly options: string | undefined
  /** Why the options cannot be used; empty when they can. */
  readonly optionProblems: readonly OptionProblem[]
  /** Built-in metrics and those of the script. */
  readonly metrics: readonly MetricDefinition[]
  /** Absolute paths of the files that the init code opened. */
  readonly openedFiles: readonly string[]
}

/** How many iterations of a scenario have ended, and how many were dropped. */
export interface CountedWork {
  readonly ended: number
  readonly dropped: number
}

export interface DoneWork extends CountedWork {
  readonly isOver: boolean
}

/** What an instance of a run on several machines knows of the other instances. */
export interface WholeTest {
  /** The number of planned VUs of each instance. When it is not known the list is empty, and numbers of VUs have gaps. */
  readonly plannedVUs: readonly number[]
  /** The index of this instance. */
  readonly instance: number
}

export interface Workload {
  /** The scenarios of the whole test, with their full numbers of VUs and iterations. */
  readonly scenarios: readonly Scenario[]
  /** The part of the test that this engine runs, as in the options of k6. */
  readonly executionSegment: string
  readonly executionSegmentSequence: string
  /** The shortest time of an iteration, in ms: a VU that is faster waits for the rest. 0 for none. */
  readonly minIterationDuration: number
  readonly submetrics: readonly Submetric[]
  /** True when samples are also aggregated by scenario and group. */
  readonly collectsViews: boolean
  /** Tags for each of whose values samples are also aggregated. */
  readonly trackedTags: readonly string[]
  readonly recordsSamples: boolean
  /** True when every time series is reported separately. */
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
  /** Source addresses; with null the system chooses. */
  readonly localIPs: AddressPool | null
  /** The value of `exec.test.options`. */
  readonly scriptOptions: unknown
  /** Given in runs on several machines: VUs then have the numbers that they would have in a run on one machine. */
  readonly wholeTest?: WholeTest
  /** For each scenario, what a lost engine has done of this part; undefined when there was none. */
  readonly resumed?: readonly DoneWork[]
  /** Values that are set in the `options` of the script after the init code. */
  readonly optionOverrides: Readonly<Record<string, unknown>>
}
