/**
 * The test plan: what all layers of configuration come to. Everything is checked, defaults are filled in, and it is plain data
 * that can be sent to other threads.
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
  /** For `Share.parse`: what this instance runs. Empty texts are the whole test. */
  readonly segment: { readonly segment: string; readonly sequence: string }
  readonly options: RunOptions
  /** For `parseThresholds`, not checked here. */
  readonly thresholds: Readonly<Record<string, unknown>>
  /** For `parseNetworkOptions`, of the right JSON type but not checked further. */
  readonly network: RawNetwork
  readonly totals: PlanTotals
  /** The consolidated options as given, for `inspect` and `exec.test.options`; `scenarios` made of shortcuts included. */
  readonly values: OptionValues
  readonly scenarioFields: Readonly<Record<string, ScenarioFields>>
  /** Options whose value is not the one that the script gave them. */
  readonly overridden: readonly OptionName[]
  /** To be logged before the test. */
  /** Keys of the script's options and of the configuration file that are no options. */
  readonly ignoredOptions: readonly string[]
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
  /** Null when nothing says: then a script that reaches the default is told so. */
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
