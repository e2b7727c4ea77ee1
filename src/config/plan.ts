/**
 * The test plan, made of all layers of configuration. It is checked, has all defaults, and is plain data that can be sent to other threads.
 *
 * Units  milliseconds
 */
import type { Scenario } from '../plan/scenario.js'
import type { Notice } from './layers.js'
import type { OptionName, OptionValues } from './option-table.js'
import type { ScenarioFields } from './scenario-fields.js'

export interface TestPlan {
  /** By start time, then by name; numbers are those of the whole test. */
  readonly scenarios: readonly Scenario[]
  /** The part of the test that this instance runs, for `Share.parse`. Empty texts are the whole test. */
  readonly segment: { readonly segment: string; readonly sequence: string }
  readonly options: RunOptions
  /** Not checked; for `parseThresholds`. */
  readonly thresholds: Readonly<Record<string, unknown>>
  /** For `parseNetworkOptions`. Only the JSON types are checked. */
  readonly network: RawNetwork
  readonly totals: PlanTotals
  /** The consolidated options as given, for `inspect` and `exec.test.options`; `scenarios` made of shortcuts included. */
  readonly values: OptionValues
  readonly scenarioFields: Readonly<Record<string, ScenarioFields>>
  /** Options whose value is not the one that the script gave them. */
  readonly overridden: readonly OptionName[]
  /** Keys of the script's options and of the configuration file that are no options. */
  readonly ignoredOptions: readonly string[]
  /** To be logged before the test. */
  readonly warnings: readonly Notice[]
}

/** Numbers for the segment of this instance. */
export interface PlanTotals {
  /** Until the last grace period has passed; Infinity for a test that runs until it is stopped. */
  readonly duration: number
  /** The most VUs there can be at one time. */
  readonly maxVUs: number
  /** How many of them to initialise before the test. */
  readonly plannedVUs: number
}

export interface RunOptions {
  readonly paused: boolean
  readonly noSetup: boolean
  readonly noTeardown: boolean
  readonly setupTimeout: number
  readonly teardownTimeout: number
  readonly handleSummaryTimeout: number
  readonly minIterationDuration: number
  /** Run tags, those of enabled features included. */
  readonly tags: Readonly<Record<string, string>>
  readonly systemTags: readonly string[]
  readonly summaryTrendStats: readonly string[]
  /** Empty: each duration in the unit that suits it. */
  readonly summaryTimeUnit: '' | 's' | 'ms' | 'us'
  readonly throw: boolean
  readonly userAgent: string
  readonly noCookiesReset: boolean
  readonly keepConnections: boolean
  readonly http: HttpOptions
  readonly metricSamplesBufferSize: number
  /** Path of the file that `console` writes to; empty when it logs. */
  readonly consoleOutput: string
  /** Values for extensions, passed on unread. */
  readonly ext: Readonly<Record<string, unknown>>
  readonly features: readonly string[]
}

export interface HttpOptions {
  /** Parallel requests of one http.batch; 0 is no limit. */
  readonly batch: number
  /** The same, to one host and port. */
  readonly batchPerHost: number
  readonly discardResponseBodies: boolean
  readonly debug: '' | 'headers' | 'full'
  /** Null when it is not set: then a script that reaches the default is warned. */
  readonly maxRedirects: number | null
  readonly noConnectionReuse: boolean
  readonly noVUConnectionReuse: boolean
  /** Requests per second of the whole test; 0 is no limit. */
  readonly rps: number
}

export const DEFAULT_HTTP_OPTIONS: HttpOptions = {
  batch: 20,
  batchPerHost: 6,
  discardResponseBodies: false,
  debug: '',
  maxRedirects: null,
  noConnectionReuse: false,
  noVUConnectionReuse: false,
  rps: 0,
}

export const NETWORK_OPTIONS = [
  'hosts',
  'dns',
  'blacklistIPs',
  'blockHostnames',
  'tlsVersion',
  'tlsCipherSuites',
  'tlsAuth',
  'insecureSkipTLSVerify',
  'localIPs',
  'connectTimeout',
  'handshakeTimeout',
  'closeTimeout',
  'maxMessageSize',
] as const

export type RawNetwork = { readonly [name in (typeof NETWORK_OPTIONS)[number]]?: unknown }
