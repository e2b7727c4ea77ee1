/**
 * Every option of a test: its form, its environment variable, and whether it does anything yet. All layers, `inspect`
 * and `exec.test.options` follow this table; its order is the one in which options are printed.
 *
 * Source  docs/spec/runner.md §1.3, §1.4, §2
 */
import {
  ARRAY,
  BOOLEAN,
  DNS,
  DURATION,
  type Form,
  HTTP_DEBUG,
  INTEGER,
  OBJECT,
  type RawStage,
  SORTED_STRINGS,
  STAGES,
  STRING,
  STRING_MAP,
  STRINGS,
  TLS_VERSION,
} from './form.js'

/** Values of a layer, or of all layers together; what is not set is absent. Durations in ms. */
export interface OptionValues {
  paused?: boolean
  vus?: number
  duration?: number
  iterations?: number
  stages?: readonly RawStage[]
  /** Scenarios as given: they are read when all layers are joined. */
  scenarios?: Readonly<Record<string, unknown>>
  executionSegment?: string
  executionSegmentSequence?: string
  noSetup?: boolean
  setupTimeout?: number
  noTeardown?: boolean
  teardownTimeout?: number
  handleSummaryTimeout?: number
  rps?: number
  dns?: Readonly<Record<string, unknown>>
  maxRedirects?: number
  userAgent?: string
  batch?: number
  batchPerHost?: number
  httpDebug?: string
  insecureSkipTLSVerify?: boolean
  tlsCipherSuites?: readonly string[]
  tlsVersion?: string | Readonly<Record<string, unknown>>
  tlsAuth?: readonly unknown[]
  throw?: boolean
  thresholds?: Readonly<Record<string, unknown>>
  blacklistIPs?: readonly string[]
  blockHostnames?: readonly string[]
  hosts?: Readonly<Record<string, unknown>>
  connectTimeout?: number
  handshakeTimeout?: number
  closeTimeout?: number
  maxMessageSize?: number
  noConnectionReuse?: boolean
  noVUConnectionReuse?: boolean
  minIterationDuration?: number
  cloud?: Readonly<Record<string, unknown>>
  ext?: Readonly<Record<string, unknown>>
  summaryTrendStats?: readonly string[]
  summaryTimeUnit?: string
  systemTags?: readonly string[]
  tags?: Readonly<Record<string, string>>
  metricSamplesBufferSize?: number
  noCookiesReset?: boolean
  keepConnections?: boolean
  browserPackages?: readonly string[]
  sharedPackages?: readonly string[]
  discardResponseBodies?: boolean
  features?: readonly string[]
  consoleOutput?: string
  localIPs?: string
}

export type OptionName = keyof OptionValues

/** An option that is not supported has no effect, and the user is told so. `later`: not yet. `cloud`: it is for Grafana Cloud. */
export type OptionSupport = 'supported' | 'later' | 'cloud'

export interface OptionDefinition {
  readonly form: Form<never>
  /** Environment variable without its `K6_` or `SOCKEYE_`. */
  readonly env?: string
  /** Name in k6's messages about the environment. */
  readonly goField: string
  readonly support: OptionSupport
  /** False for options that only flags and the environment may set. */
  readonly inScript: boolean
}

interface Extra {
  readonly support?: OptionSupport
  readonly inScript?: boolean
}

function option<T>(form: Form<T>, goField: string, env?: string, extra: Extra = {}): OptionDefinition {
  return { form: form as unknown as Form<never>, goField, env, support: 'supported', inScript: true, ...extra }
}

const OUTSIDE_SCRIPT: Extra = { inScript: false }

export const OPTIONS: Readonly<Record<OptionName, OptionDefinition>> = {
  paused: option(BOOLEAN, 'Paused', 'PAUSED'),
  vus: option(INTEGER, 'VUs', 'VUS'),
  duration: option(DURATION, 'Duration', 'DURATION'),
  iterations: option(INTEGER, 'Iterations', 'ITERATIONS'),
  stages: option(STAGES, 'Stages', 'STAGES'),
  scenarios: option(OBJECT, 'Scenarios'),
  executionSegment: option(STRING, 'ExecutionSegment'),
  executionSegmentSequence: option(STRING, 'ExecutionSegmentSequence'),
  noSetup: option(BOOLEAN, 'NoSetup', 'NO_SETUP'),
  setupTimeout: option(DURATION, 'SetupTimeout', 'SETUP_TIMEOUT'),
  noTeardown: option(BOOLEAN, 'NoTeardown', 'NO_TEARDOWN'),
  teardownTimeout: option(DURATION, 'TeardownTimeout', 'TEARDOWN_TIMEOUT'),
  handleSummaryTimeout: option(DURATION, 'HandleSummaryTimeout', 'HANDLE_SUMMARY_TIMEOUT'),
  rps: option(INTEGER, 'RPS', 'RPS'),
  dns: option(DNS, 'DNS', 'DNS'),
  maxRedirects: option(INTEGER, 'MaxRedirects', 'MAX_REDIRECTS'),
  userAgent: option(STRING, 'UserAgent', 'USER_AGENT'),
  batch: option(INTEGER, 'Batch', 'BATCH'),
  batchPerHost: option(INTEGER, 'BatchPerHost', 'BATCH_PER_HOST'),
  httpDebug: option(HTTP_DEBUG, 'HTTPDebug', 'HTTP_DEBUG'),
  insecureSkipTLSVerify: option(BOOLEAN, 'InsecureSkipTLSVerify', 'INSECURE_SKIP_TLS_VERIFY'),
  tlsCipherSuites: option(STRINGS, 'TLSCipherSuites'),
  tlsVersion: option(TLS_VERSION, 'TLSVersion'),
  tlsAuth: option(ARRAY, 'TLSAuth'),
  throw: option(BOOLEAN, 'Throw', 'THROW'),
  thresholds: option(OBJECT, 'Thresholds'),
  blacklistIPs: option(STRINGS, 'BlacklistIPs', 'BLACKLIST_IPS'),
  blockHostnames: option(STRINGS, 'BlockedHostnames', 'BLOCK_HOSTNAMES'),
  hosts: option(OBJECT, 'Hosts'),
  connectTimeout: option(DURATION, 'ConnectTimeout', 'CONNECT_TIMEOUT'),
  handshakeTimeout: option(DURATION, 'HandshakeTimeout', 'HANDSHAKE_TIMEOUT'),
  closeTimeout: option(DURATION, 'CloseTimeout', 'CLOSE_TIMEOUT'),
  maxMessageSize: option(INTEGER, 'MaxMessageSize', 'MAX_MESSAGE_SIZE'),
  noConnectionReuse: option(BOOLEAN, 'NoConnectionReuse', 'NO_CONNECTION_REUSE'),
  noVUConnectionReuse: option(BOOLEAN, 'NoVUConnectionReuse', 'NO_VU_CONNECTION_REUSE'),
  minIterationDuration: option(DURATION, 'MinIterationDuration', 'MIN_ITERATION_DURATION'),
  cloud: option(OBJECT, 'Cloud', undefined, { support: 'cloud' }),
  ext: option(OBJECT, 'External'),
  summaryTrendStats: option(STRINGS, 'SummaryTrendStats', 'SUMMARY_TREND_STATS'),
  summaryTimeUnit: option(STRING, 'SummaryTimeUnit', 'SUMMARY_TIME_UNIT'),
  systemTags: option(SORTED_STRINGS, 'SystemTags', 'SYSTEM_TAGS'),
  tags: option(STRING_MAP, 'RunTags', 'TAGS'),
  metricSamplesBufferSize: option(INTEGER, 'MetricSamplesBufferSize', 'METRIC_SAMPLES_BUFFER_SIZE'),
  noCookiesReset: option(BOOLEAN, 'NoCookiesReset', 'NO_COOKIES_RESET'),
  keepConnections: option(BOOLEAN, 'KeepConnections', 'KEEP_CONNECTIONS'),
  browserPackages: option(STRINGS, 'BrowserPackages'),
  sharedPackages: option(STRINGS, 'SharedPackages'),
  discardResponseBodies: option(BOOLEAN, 'DiscardResponseBodies', 'DISCARD_RESPONSE_BODIES'),
  features: option(STRINGS, 'Features', 'FEATURES', OUTSIDE_SCRIPT),
  consoleOutput: option(STRING, 'ConsoleOutput', 'CONSOLE_OUTPUT', OUTSIDE_SCRIPT),
  localIPs: option(STRING, 'LocalIPs', 'LOCAL_IPS', OUTSIDE_SCRIPT),
}

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[]
