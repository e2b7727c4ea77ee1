/**
 * The flags of `sockeye run`: those of k6, by their names, and our own.
 *
 * Source  docs/spec/runner.md §1.2, §1.3
 */
import type { FlagDefinition, FlagGroup, FlagKind } from './flag-definition.js'

type Details = Omit<FlagDefinition, 'name' | 'short' | 'kind' | 'group' | 'help' | 'support' | 'placeholder'> &
  Partial<Pick<FlagDefinition, 'support'>>

/** `names` is `-u, --vus <n>`, as help shows it. */
export function flag(
  group: FlagGroup,
  names: string,
  kind: FlagKind,
  help: string,
  details: Details = {},
): FlagDefinition {
  const match = /^(?:-(\w), )?--([\w-]+)(?: (.+)|\[=(.+)\])?$/.exec(names)
  if (match === null) throw new TypeError(`bad flag definition: ${names}`)
  const [, short, name, value, optional] = match
  return {
    support: 'supported',
    ...details,
    name: name as string,
    short,
    kind,
    group,
    help,
    placeholder: value ?? optional,
  }
}

const WORKLOAD: readonly FlagDefinition[] = [
  flag('Workload', '-u, --vus <n>', 'int', 'number of virtual users', { default: '1', env: 'VUS', option: 'vus' }),
  flag('Workload', '-d, --duration <time>', 'duration', 'how long the test lasts: 30s, 5m, 1h30m', {
    env: 'DURATION',
    option: 'duration',
  }),
  flag('Workload', '-i, --iterations <n>', 'int', 'iterations in all, shared by the virtual users', {
    env: 'ITERATIONS',
    option: 'iterations',
  }),
  flag('Workload', '-s, --stage <time>:<vus>', 'list', 'ramp to a number of virtual users; one --stage for each', {
    env: 'STAGES',
    option: 'stages',
  }),
  flag('Workload', '--scenario <name>', 'string', 'run only this scenario, starting at once'),
  flag('Workload', '--min-iteration-duration <time>', 'duration', 'shorter iterations are followed by a wait', {
    env: 'MIN_ITERATION_DURATION',
    option: 'minIterationDuration',
  }),
  flag('Workload', '--execution-segment <from>:<to>', 'string', 'run only this part of the test, such as 0:1/3', {
    option: 'executionSegment',
  }),
  flag('Workload', '--execution-segment-sequence <list>', 'string', 'the boundaries of all parts: 0,1/3,2/3,1', {
    option: 'executionSegmentSequence',
  }),
  flag('Workload', '--shards <n>', 'int', 'threads that run virtual users', { default: 'one per core', env: 'SHARDS' }),
]

const SCRIPT: readonly FlagDefinition[] = [
  flag('Script', '-e, --env <name>=<value>', 'repeated', 'a variable for __ENV'),
  flag('Script', '--include-system-env-vars', 'bool', 'put the environment of this process into __ENV', {
    default: 'true',
    env: 'INCLUDE_SYSTEM_ENV_VARS',
  }),
  flag('Script', '--no-setup', 'bool', 'skip setup()', { env: 'NO_SETUP', option: 'noSetup' }),
  flag('Script', '--no-teardown', 'bool', 'skip teardown()', { env: 'NO_TEARDOWN', option: 'noTeardown' }),
  flag('Script', '-w, --throw', 'bool', 'turn warnings, such as a bad metric value, into exceptions', {
    env: 'THROW',
    option: 'throw',
  }),
  flag('Script', '--compatibility-mode <mode>', 'string', 'extended, or base: without the alias `global`', {
    default: 'extended',
    env: 'COMPATIBILITY_MODE',
  }),
  flag('Script', '-t, --type <js|archive>', 'string', 'what the input is; found out unless given', { env: 'TYPE' }),
  flag('Script', '--module-cache <folder>', 'string', 'where modules from https URLs are kept; empty keeps none', {
    default: "in the user's cache folder",
    env: 'MODULE_CACHE',
  }),
  flag('Script', '--allow-http-modules', 'bool', 'allow modules from http URLs, too', { env: 'ALLOW_HTTP_MODULES' }),
  flag('Script', '--bundled-jslib', 'bool', "sockeye's own helpers in place of those of jslib.k6.io", {
    env: 'BUNDLED_JSLIB',
  }),
  flag('Script', '--secret-source <type>[=<config>]', 'repeated', 'where secrets come from', {
    env: 'SECRET_SOURCE',
  }),
]

const NETWORK: readonly FlagDefinition[] = [
  flag('Network and TLS', '--echo', 'bool', 'start the built-in echo server beside the test'),
  flag('Network and TLS', '--insecure-skip-tls-verify', 'bool', 'accept any certificate', {
    env: 'INSECURE_SKIP_TLS_VERIFY',
    option: 'insecureSkipTLSVerify',
  }),
  flag('Network and TLS', '--dns <config>', 'string', 'how host names are resolved', {
    default: 'ttl=5m,select=random,policy=preferIPv4',
    env: 'DNS',
    option: 'dns',
  }),
  flag('Network and TLS', '--local-ips <list>', 'string', 'source addresses: single ones, ranges a-b, or CIDRs', {
    env: 'LOCAL_IPS',
    option: 'localIPs',
  }),
  flag('Network and TLS', '--blacklist-ip <cidr>', 'list', 'never connect to this range', {
    env: 'BLACKLIST_IPS',
    option: 'blacklistIPs',
  }),
  flag(
    'Network and TLS',
    '--block-hostnames <pattern>',
    'list',
    'never connect to these hosts, such as *.example.com',
    {
      env: 'BLOCK_HOSTNAMES',
      option: 'blockHostnames',
    },
  ),
  flag('Network and TLS', '--user-agent <text>', 'string', 'User-Agent of HTTP requests and WebSocket handshakes', {
    env: 'USER_AGENT',
    option: 'userAgent',
  }),
]

const HTTP: readonly FlagDefinition[] = [
  http('--max-redirects <n>', 'int', 'redirects that a request follows', 'maxRedirects', 'MAX_REDIRECTS', '10'),
  http('--batch <n>', 'int', 'parallel requests of http.batch; 0 is no limit', 'batch', 'BATCH', '20'),
  http('--batch-per-host <n>', 'int', 'the same, per host and port', 'batchPerHost', 'BATCH_PER_HOST', '6'),
  http('--rps <n>', 'int', 'requests per second of all virtual users', 'rps', 'RPS'),
  http(
    '--http-debug[=full]',
    'optional',
    'log requests and responses, with full their bodies too',
    'httpDebug',
    'HTTP_DEBUG',
  ),
  http('--no-connection-reuse', 'bool', 'a connection for every request', 'noConnectionReuse', 'NO_CONNECTION_REUSE'),
  http(
    '--no-vu-connection-reuse',
    'bool',
    'close connections between iterations',
    'noVUConnectionReuse',
    'NO_VU_CONNECTION_REUSE',
  ),
  http(
    '--discard-response-bodies',
    'bool',
    'keep no bodies unless a request says responseType',
    'discardResponseBodies',
    'DISCARD_RESPONSE_BODIES',
  ),
]

function http(
  names: string,
  kind: FlagKind,
  help: string,
  option: FlagDefinition['option'],
  env: string,
  value?: string,
): FlagDefinition {
  return flag('HTTP', names, kind, help, { env, option, default: value })
}

const METRICS: readonly FlagDefinition[] = [
  flag(
    'Metrics and outputs',
    '-o, --out <type>[=<arg>]',
    'repeated',
    'also send results somewhere: json=FILE, csv=FILE, prometheus=URL; see docs/outputs.md',
    {
      env: 'OUT',
    },
  ),
  flag('Metrics and outputs', '--save <file>', 'string', 'keep the result for sockeye compare and reports', {
    env: 'SAVE',
  }),
  flag(
    'Metrics and outputs',
    '--report <file>',
    'repeated',
    'write a report: one HTML page, or Markdown when the name ends in .md',
    {
      env: 'REPORT',
    },
  ),
  flag(
    'Metrics and outputs',
    '--baseline <file>',
    'string',
    'a result that reports and the dashboard compare the run with; run --save makes one',
    {
      env: 'BASELINE',
    },
  ),
  flag('Metrics and outputs', '--repeat <n>', 'int', 'run the test so often, and show how much results differ'),
  flag(
    'Metrics and outputs',
    '--out-errors <warn|fail>',
    'string',
    'whether results that an output lost fail the run',
    {
      default: 'warn',
      env: 'OUT_ERRORS',
    },
  ),
  flag('Metrics and outputs', '--tag <name>=<value>', 'repeated', 'a tag for all samples', {
    env: 'TAGS',
    option: 'tags',
  }),
  flag('Metrics and outputs', '--system-tags <list>', 'list', 'only these of the built-in tags', {
    env: 'SYSTEM_TAGS',
    option: 'systemTags',
  }),
  flag('Metrics and outputs', '--no-thresholds', 'bool', 'do not evaluate thresholds', { env: 'NO_THRESHOLDS' }),
  flag(
    'Metrics and outputs',
    '--on-empty-threshold <pass|warn|fail>',
    'string',
    'what a threshold without samples means',
    {
      default: 'warn',
      env: 'ON_EMPTY_THRESHOLD',
    },
  ),
  flag('Metrics and outputs', '--traces-output <none|otel>', 'string', 'where traces go', {
    env: 'TRACES_OUTPUT',
    support: 'later',
  }),
  flag(
    'Metrics and outputs',
    '--features <list>',
    'list',
    'switch on experiments: merge-run-tags, freeze-env, native-histograms',
    {
      env: 'FEATURES',
      option: 'features',
    },
  ),
]

const SUMMARY: readonly FlagDefinition[] = [
  flag('Summary', '--summary-mode <mode>', 'string', 'compact, full or disabled', {
    default: 'compact',
    env: 'SUMMARY_MODE',
  }),
  flag('Summary', '--summary-export <file>', 'string', 'write the summary as JSON', { env: 'SUMMARY_EXPORT' }),
  flag('Summary', '--summary-trend-stats <list>', 'list', 'columns of trends', {
    default: 'avg,min,med,max,p(90),p(95)',
    env: 'SUMMARY_TREND_STATS',
    option: 'summaryTrendStats',
  }),
  flag('Summary', '--summary-time-unit <unit>', 'string', 'show all durations in s, ms or us', {
    env: 'SUMMARY_TIME_UNIT',
    option: 'summaryTimeUnit',
  }),
  flag('Summary', '--new-machine-readable-summary', 'bool', 'the newer JSON schema', {
    env: 'NEW_MACHINE_READABLE_SUMMARY',
  }),
]

const CONTROL: readonly FlagDefinition[] = [
  flag('Control', '-c, --config <file>', 'string', 'JSON file with options', { env: 'CONFIG' }),
  flag('Control', '--dry-run', 'bool', 'check everything and show the plan, without running it'),
  flag('Control', '-a, --address <host:port>', 'string', 'serve the control API here, such as localhost:6565', {
    env: 'ADDRESS',
  }),
  flag('Control', '--api-token <token>', 'string', 'what every request to the control API must bring', {
    env: 'API_TOKEN',
  }),
  flag('Control', '-p, --paused', 'bool', 'wait for `sockeye resume` before the test starts', {
    env: 'PAUSED',
    option: 'paused',
  }),
  flag('Control', '-l, --linger', 'bool', 'after the test, wait for Ctrl+C before the summary', { env: 'LINGER' }),
  flag('Control', '--profiling-enabled', 'bool', 'serve profiles', { env: 'PROFILING_ENABLED', support: 'later' }),
  flag('Control', '--no-usage-report', 'bool', 'accepted for k6: sockeye never reports usage', {
    env: 'NO_USAGE_REPORT',
  }),
]

const MACHINES: readonly FlagDefinition[] = [
  machines('--nats <url>', 'string', 'run on agents that are found here, such as nats://host:4222'),
  machines('--instances <n|all>', 'string', 'how many agents to run on', 'all'),
  machines('--require <label>=<value>', 'repeated', 'only on agents that have this label'),
  machines('--weighted', 'bool', 'agents with more cores get more of the test; otherwise all get the same'),
  machines('--wait <time>', 'duration', 'how long to wait for enough agents', '0s'),
  machines(
    '--on-lost <policy>',
    'string',
    'when an agent is lost: continue without its part, abort, or replace it',
    'continue',
  ),
  machines('--nats-creds <file>', 'string', 'credentials for NATS, or an nkey; or SOCKEYE_NATS_CREDS'),
  machines('--nats-token <token>', 'string', 'a token, or user:password; better as SOCKEYE_NATS_TOKEN'),
  machines('--nats-ca <file>', 'string', 'certificates that NATS must be signed by, PEM; or SOCKEYE_NATS_CA'),
  machines('--nats-cert <file>', 'string', 'client certificate for NATS, PEM; or SOCKEYE_NATS_CERT'),
  machines('--nats-key <file>', 'string', 'its key, PEM; or SOCKEYE_NATS_KEY'),
  machines('--insecure-nats', 'bool', 'accept a NATS server that lets everybody in and is not on this machine'),
]

function machines(names: string, kind: FlagKind, help: string, value?: string): FlagDefinition {
  return flag('Several machines', names, kind, help, value === undefined ? {} : { default: value })
}

const LOGGING: readonly FlagDefinition[] = [
  flag('Logging', '-q, --quiet', 'bool', 'no banner and no progress; summary and log stay'),
  flag('Logging', '-v, --verbose', 'bool', 'log debug messages too'),
  flag('Logging', '--no-color', 'bool', 'no colours', { env: 'NO_COLOR' }),
  flag('Logging', '--log-format <format>', 'string', 'text, json or raw', { default: 'text', env: 'LOG_FORMAT' }),
  flag(
    'Logging',
    '--log-output <where>',
    'string',
    'stderr, stdout, none, file=PATH[,level=LEVEL] or loki[=URL,KEY=VALUE,…]',
    {
      default: 'stderr',
      env: 'LOG_OUTPUT',
    },
  ),
  flag('Logging', '--log-every', 'bool', 'show repeated lines one by one, not as a count', { env: 'LOG_EVERY' }),
  flag('Logging', '--console-output <file>', 'string', 'append what the script prints with console to a file', {
    env: 'CONSOLE_OUTPUT',
    option: 'consoleOutput',
  }),
]

export const RUN_FLAGS: readonly FlagDefinition[] = [
  ...WORKLOAD,
  ...SCRIPT,
  ...NETWORK,
  ...HTTP,
  ...METRICS,
  ...SUMMARY,
  ...CONTROL,
  ...MACHINES,
  ...LOGGING,
]
