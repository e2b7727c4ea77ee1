/**
 * Runtime options: how this run of sockeye behaves, not what the test does. Scripts cannot set them.
 *
 *   flag > environment (SOCKEYE_* before K6_*) > configuration file (`out` and `linger` only) > default
 *
 * Errors  RuntimeOptionError (ERR_INVALID_RUNTIME_OPTION, exit 255)
 * Source  docs/spec/runner.md §1.2, §1.3, §1.7
 */
import { SockeyeError } from '../base/errors.js'
import type { ConfigFile } from './config-file.js'
import { parseBoolean } from './form.js'
import { type Environment, lookUp, type Notice } from './layers.js'

/** The flags that say where NATS is and who we are there. An empty text counts as not set. */
export interface NatsFlags {
  readonly nats?: string
  readonly natsCreds?: string
  readonly natsToken?: string
  readonly natsCa?: string
  readonly natsCert?: string
  readonly natsKey?: string
  readonly insecureNats?: boolean
}

/** The values of flags; those that are not given are absent. */
export interface RuntimeFlags extends NatsFlags {
  readonly env?: Readonly<Record<string, string>>
  readonly includeSystemEnvVars?: boolean
  readonly compatibilityMode?: string
  readonly noThresholds?: boolean
  readonly summaryMode?: string
  readonly summaryExport?: string
  readonly newMachineReadableSummary?: boolean
  readonly out?: readonly string[]
  readonly outErrors?: string
  readonly save?: string
  readonly report?: readonly string[]
  readonly baseline?: string
  readonly repeat?: number
  readonly config?: string
  readonly type?: string
  readonly moduleCache?: string
  readonly secretSource?: readonly string[]
  readonly allowHttpModules?: boolean
  readonly bundledJslib?: boolean
  readonly shards?: number
  readonly address?: string
  readonly apiToken?: string
  readonly linger?: boolean
  readonly echo?: boolean
  readonly scenario?: string
  readonly dryRun?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly noColor?: boolean
  readonly logFormat?: string
  readonly logOutput?: string
  readonly logEvery?: boolean
  readonly onEmptyThreshold?: string
  readonly instances?: string
  readonly require?: readonly string[]
  readonly weighted?: boolean
  /** Milliseconds. */
  readonly wait?: number
  readonly onLost?: string
  /** A flag of `inspect`. */
  readonly executionRequirements?: boolean
  /** Of `archive`. */
  readonly archiveOut?: string
  /** Of `archive`. */
  readonly excludeEnvVars?: boolean
}

/** What a threshold without samples means. `pass`: it holds, as on k6. `warn`: it holds, with a warning. `fail`: it fails the run. */
type OnEmptyThreshold = 'pass' | 'warn' | 'fail'

type SummaryMode = 'compact' | 'full' | 'disabled'

export interface RuntimeOptions {
  /** Variables for `__ENV`: those of the process, if the user wants them, and those of `-e`. */
  readonly scriptEnv: Readonly<Record<string, string>>
  /** Undefined stands for the mode of the archive, or extended. */
  readonly compatibilityMode: 'base' | 'extended' | undefined
  /** `js` or `archive`, not checked; empty when it must be found out. */
  readonly inputType: string
  /** The folder for modules from the network. Undefined stands for the user's cache folder, empty keeps none. */
  readonly moduleCache: string | undefined
  readonly allowHttpModules: boolean
  /** Whether the helpers that come with sockeye replace those of jslib.k6.io. */
  readonly bundledJslib: boolean
  /** As given: `file=secrets.txt`. */
  readonly secretSources: readonly string[]
  readonly noThresholds: boolean
  readonly summaryMode: SummaryMode
  /** The path of the file of `--summary-export`, or empty. */
  readonly summaryExport: string
  /** The newer schema for handleSummary and the export file. */
  readonly newMachineReadableSummary: boolean
  /** As given: `json=results.json`. */
  readonly outputs: readonly string[]
  /** Whether results that an output lost fail the run. */
  readonly outErrors: 'warn' | 'fail'
  /** Path of the result file, or empty. */
  readonly save: string
  /** Paths of reports. */
  readonly reports: readonly string[]
  /** Path of the result that reports compare with, or empty. */
  readonly baseline: string
  /** How often to run the test. */
  readonly repeat: number
  /** Undefined stands for one per core. */
  readonly shards: number | undefined
  /** The address of the control API; undefined for none. */
  readonly address: AddressOption | undefined
  /** The token that requests to the control API need; undefined for none. */
  readonly apiToken: string | undefined
  /** Whether to wait for the user after the test. */
  readonly linger: boolean
  readonly echo: boolean
  /** The only scenario to run; undefined for all. */
  readonly onlyScenario: string | undefined
  readonly dryRun: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly noColor: boolean
  readonly logFormat: string
  readonly logOutput: string
  /** Whether repeated log lines are all shown. */
  readonly logEvery: boolean
  /** What a threshold without samples means. */
  readonly onEmptyThreshold: OnEmptyThreshold
  readonly warnings: readonly Notice[]
}

export interface AddressOption {
  readonly text: string
  /** It was given as a flag, so the run fails without it. A variable may be set for other reasons. */
  readonly isRequired: boolean
}

class RuntimeOptionError extends SockeyeError {
  constructor(message: string, hint: string) {
    super({ code: 'ERR_INVALID_RUNTIME_OPTION', message, hint, exitCode: 255 })
  }
}

export interface RuntimeSources {
  readonly flags: RuntimeFlags
  readonly env: Environment
  readonly file?: ConfigFile
  /** The default of --include-system-env-vars: true for `run`, false for `inspect` and `archive`. */
  readonly includesSystemEnv?: boolean
}

export function resolveRuntime({ flags, env, file, includesSystemEnv = true }: RuntimeSources): RuntimeOptions {
  const text = (name: string): string | undefined => lookUp(env, name)?.text
  const inherits = flags.includeSystemEnvVars ?? readBoolean(env, 'INCLUDE_SYSTEM_ENV_VARS') ?? includesSystemEnv
  const mode = flags.compatibilityMode ?? text('COMPATIBILITY_MODE')
  return {
    scriptEnv: { ...(inherits ? present(env) : {}), ...flags.env },
    compatibilityMode: mode === undefined ? undefined : readCompatibilityMode(mode),
    inputType: flags.type ?? text('TYPE') ?? '',
    moduleCache: flags.moduleCache ?? text('MODULE_CACHE'),
    allowHttpModules: flags.allowHttpModules ?? readBoolean(env, 'ALLOW_HTTP_MODULES') ?? false,
    bundledJslib: flags.bundledJslib ?? readBoolean(env, 'BUNDLED_JSLIB') ?? false,
    secretSources: flags.secretSource ?? (text('SECRET_SOURCE') === undefined ? [] : [text('SECRET_SOURCE') as string]),
    noThresholds: flags.noThresholds ?? readBoolean(env, 'NO_THRESHOLDS') ?? false,
    summaryMode: readSummaryMode(flags.summaryMode ?? text('SUMMARY_MODE') ?? 'compact'),
    summaryExport: flags.summaryExport ?? text('SUMMARY_EXPORT') ?? '',
    newMachineReadableSummary:
      flags.newMachineReadableSummary ?? readBoolean(env, 'NEW_MACHINE_READABLE_SUMMARY') ?? false,
    // `-e` configures outputs, too.
    outputs: flags.out ?? lookUp({ ...env, ...flags.env }, 'OUT')?.text.split(',') ?? file?.out ?? [],
    outErrors: readOutErrors(flags.outErrors ?? text('OUT_ERRORS') ?? 'warn'),
    save: flags.save ?? text('SAVE') ?? '',
    reports: flags.report ?? text('REPORT')?.split(',') ?? [],
    baseline: flags.baseline ?? text('BASELINE') ?? '',
    repeat: readRepeat(flags.repeat ?? 1),
    shards: readShards(flags.shards, text('SHARDS')),
    address: addressOption(flags.address, text('ADDRESS')),
    apiToken: (flags.apiToken ?? text('API_TOKEN')) || undefined,
    linger: flags.linger ?? readBoolean(env, 'LINGER') ?? file?.linger ?? false,
    echo: flags.echo ?? false,
    onlyScenario: flags.scenario,
    dryRun: flags.dryRun ?? false,
    quiet: flags.quiet ?? false,
    verbose: flags.verbose ?? false,
    noColor: flags.noColor ?? (text('NO_COLOR') !== undefined || env['NO_COLOR'] !== undefined),
    logFormat: flags.logFormat ?? text('LOG_FORMAT') ?? '',
    logOutput: flags.logOutput ?? text('LOG_OUTPUT') ?? 'stderr',
    logEvery: flags.logEvery ?? readBoolean(env, 'LOG_EVERY') ?? false,
    onEmptyThreshold: readOnEmpty(flags.onEmptyThreshold ?? text('ON_EMPTY_THRESHOLD') ?? 'warn'),
    warnings: [...deprecations(mode), ...unsupported(env, file)],
  }
}

/** The configuration file that a flag or a variable names; undefined when the default paths are tried. */
export function namedConfigFile(flags: RuntimeFlags, env: Environment): string | undefined {
  return flags.config ?? lookUp(env, 'CONFIG')?.text
}

function present(env: Environment): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries)
}

function readBoolean(env: Environment, name: string): boolean | undefined {
  const found = lookUp(env, name)
  if (found === undefined) return undefined
  const value = parseBoolean(found.text)
  if (value !== undefined) return value
  throw new RuntimeOptionError(
    `env var '${found.name}' is not a valid boolean value: strconv.ParseBool: parsing "${found.text}": invalid syntax`,
    'use true or false',
  )
}

function readCompatibilityMode(mode: string): 'base' | 'extended' {
  if (mode === 'base' || mode === 'extended') return mode
  if (mode === 'experimental_enhanced') return 'extended'
  throw new RuntimeOptionError(
    `invalid compatibility mode "${mode}". Use: "extended", "base"`,
    'leave it out for extended',
  )
}

function deprecations(mode: string | undefined): Notice[] {
  if (mode !== 'experimental_enhanced') return []
  const message = 'the compatibility mode experimental_enhanced is deprecated: TypeScript works in every mode'
  return [{ level: 'warning', message }]
}

function readSummaryMode(mode: string): SummaryMode {
  if (mode === 'compact' || mode === 'full' || mode === 'disabled') return mode
  throw new RuntimeOptionError('invalid summary mode', `use compact, full or disabled, not "${mode}"`)
}

function readRepeat(times: number): number {
  if (Number.isInteger(times) && times > 0) return times
  throw new RuntimeOptionError(`--repeat must be a whole number above 0, got ${times}`, 'for example --repeat 5')
}

function readOutErrors(mode: string): 'warn' | 'fail' {
  if (mode === 'warn' || mode === 'fail') return mode
  throw new RuntimeOptionError(`--out-errors must be warn or fail, got "${mode}"`, 'leave it out for warn')
}

function readOnEmpty(text: string): OnEmptyThreshold {
  if (text === 'pass' || text === 'warn' || text === 'fail') return text
  throw new RuntimeOptionError(
    `invalid value "${text}" of --on-empty-threshold`,
    'use pass, warn or fail: what a threshold means that was not put to the test',
  )
}

function readShards(flag: number | undefined, text: string | undefined): number | undefined {
  const shards = flag ?? (text === undefined ? undefined : Number(text))
  if (shards === undefined || (Number.isInteger(shards) && shards > 0)) return shards
  throw new RuntimeOptionError(
    `the number of shards must be a whole number above 0, got ${text ?? flag}`,
    'for example --shards 4',
  )
}

/** The address from the flag or the variable; an empty text counts as none. */
function addressOption(flag: string | undefined, variable: string | undefined): AddressOption | undefined {
  const text = flag ?? variable ?? ''
  return text === '' ? undefined : { text, isRequired: flag !== undefined }
}

/** Variables of k6, old or new, that do nothing here, and why. The flags of the same names are refused. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  NO_SUMMARY: 'K6_SUMMARY_MODE=disabled leaves the summary out, as in k6 2',
  PROFILING_ENABLED: 'serving profiles is not supported yet',
  TRACES_OUTPUT: 'tracing is not supported yet',
}

function unsupported(env: Environment, file: ConfigFile | undefined): Notice[] {
  const variables = Object.entries(UNSUPPORTED).flatMap(([name, reason]) => {
    const found = lookUp(env, name)
    if (found === undefined || parseBoolean(found.text) === false) return []
    return [{ level: 'warning' as const, message: `${found.name} has no effect: ${reason}` }]
  })
  const keys = (['webDashboard'] as const).filter((key) => file?.[key] === true)
  return [
    ...variables,
    ...keys.map((key) => {
      const message = `\`${key}\` in the configuration file has no effect: it is not supported yet`
      return { level: 'warning' as const, message }
    }),
  ]
}
