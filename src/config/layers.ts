/**
 * Reads the layers of a configuration into one shape, and merges them.
 *
 *   defaults < configuration file < script < environment (SOCKEYE_* before K6_*) < flags
 *
 * A layer overrides the options that it sets. When it sets one of duration, iterations, stages and scenarios, all four of lower layers are
 * discarded: `-i 5` drops a script's scenarios. `vus` does not discard them.
 *
 * Errors  none are thrown: problems are collected
 * Source  docs/spec/runner.md §1.7
 */
import { withKnownNames } from '../base/field-name.js'
import { nearest } from '../base/nearest.js'
import { type Form, FormError } from './form.js'
import { OPTION_NAMES, OPTIONS, type OptionDefinition, type OptionName, type OptionValues } from './option-table.js'
import type { ConfigProblem, ProblemPlace } from './problems.js'
import { isScenarioField } from './scenario-fields.js'

/** Something to log before the test, which can run all the same. */
export interface Notice {
  readonly level: 'info' | 'warning' | 'error'
  readonly message: string
  readonly fields?: Readonly<Record<string, string>>
}

/** What is collected while the configuration is read. */
export interface Findings {
  readonly problems: ConfigProblem[]
  readonly notices: Notice[]
  /** Collects the keys that are no options. */
  readonly unknownOptions?: string[]
}

type LayerName = 'file' | 'script' | 'env' | 'cli'

export interface Layer {
  readonly name: LayerName
  readonly values: OptionValues
  /** Where the user wrote a value, when that is not `options.<name>`: flags, variables. */
  readonly places?: OptionPlaces
}

export type OptionPlaces = Readonly<Partial<Record<OptionName, ProblemPlace>>>

/** The options object of a script, or of a configuration file without its own keys. */
export function readObject(raw: Readonly<Record<string, unknown>>, name: 'file' | 'script', findings: Findings): Layer {
  const values: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(withKnownNames(raw, OPTION_NAMES))) {
    const option = Object.hasOwn(OPTIONS, key) ? OPTIONS[key as OptionName] : undefined
    if (option === undefined) noticeUnknown(key, name, findings)
    else if (name === 'script' && !option.inScript) noticeOutsideScript(key, option, findings)
    else if (value !== null && value !== undefined) {
      const path = name === 'script' ? `options.${key}` : key
      const read = attempt(path, value, name, findings, () => (option.form as Form<unknown>).read(value))
      if (read !== undefined) values[key] = read
    }
  }
  return { name, values }
}

function attempt<T>(path: string, value: unknown, layer: string, { problems }: Findings, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    const where = layer === 'file' ? `${path} in the configuration file` : path
    const message = error.message.startsWith('must be') ? `${where} ${error.message}` : `${where}: ${error.message}`
    problems.push({ message, places: [{ path: where, value }], hint: error.hint })
    return undefined
  }
}

function noticeUnknown(key: string, layer: 'file' | 'script', { notices, unknownOptions }: Findings): void {
  unknownOptions?.push(key)
  const hint = unknownHint(key)
  const message =
    layer === 'script'
      ? 'There were unknown fields in the options exported in the script'
      : 'There were unknown fields in the configuration file'
  notices.push({
    level: 'warning',
    message,
    fields: { error: `json: unknown field "${key}"`, ...(hint === undefined ? {} : { hint }) },
  })
}

function unknownHint(key: string): string | undefined {
  if (isScenarioField(key)) return `it belongs to a scenario: scenarios: { my_scenario: { …, ${key}: … } }`
  const guess = nearest(key, OPTION_NAMES)
  return guess === undefined ? undefined : `did you mean ${guess}?`
}

function noticeOutsideScript(key: string, { env }: OptionDefinition, { notices }: Findings): void {
  const instead = env === undefined ? `use --${key} or K6_${key.toUpperCase()}` : `use a flag or the variable K6_${env}`
  notices.push({ level: 'warning', message: `\`${key}\` can't be set by a script and is ignored; ${instead}` })
}

/** Variables that k6 declares, but that have no documented text form. */
const WITHOUT_TEXT_FORM: Readonly<Record<string, string>> = {
  HOSTS: 'hosts',
  THRESHOLDS: 'thresholds',
  TLSAUTH: 'tlsAuth',
  TLS_CIPHER_SUITES: 'tlsCipherSuites',
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Looks up a variable by our name for it, then by k6's. An empty variable counts as not set. */
export function lookUp(env: Environment, name: string): { readonly name: string; readonly text: string } | undefined {
  for (const full of [`SOCKEYE_${name}`, `K6_${name}`]) {
    const text = env[full]
    if (text !== undefined && text !== '') return { name: full, text }
  }
  return undefined
}

export function readEnvironment(env: Environment, findings: Findings): Layer {
  const values: Record<string, unknown> = {}
  const places: Partial<Record<OptionName, ProblemPlace>> = {}
  for (const name of OPTION_NAMES) {
    const option = OPTIONS[name] as OptionDefinition
    const found = option.env === undefined ? undefined : lookUp(env, option.env)
    if (found === undefined) continue
    places[name] = { path: found.name, value: found.text }
    try {
      values[name] = (option.form as Form<unknown>).readText?.(found.text)
    } catch (error) {
      if (!(error instanceof FormError)) throw error
      findings.problems.push({
        message:
          `envconfig.Process: assigning ${found.name} to ${option.goField}: ` +
          `converting '${found.text}' to type ${option.form.goType}. details: ${error.message}`,
        places: [{ path: found.name, value: found.text }],
        hint: error.hint,
      })
    }
  }
  for (const [suffix, name] of Object.entries(WITHOUT_TEXT_FORM)) {
    const found = lookUp(env, suffix)
    if (found === undefined) continue
    const message = `${found.name} is ignored: set \`${name}\` in the script or in the configuration file`
    findings.notices.push({ level: 'warning', message })
  }
  return { name: 'env', values, places }
}

const WORKLOAD: readonly OptionName[] = ['duration', 'iterations', 'stages', 'scenarios']

/** Merges layers, the lowest first. With `mergeTags` the run tags of all layers are joined; otherwise only those of the highest layer count. */
export function mergeLayers(layers: readonly Layer[], mergeTags: boolean, { notices }: Findings): OptionValues {
  let merged: OptionValues = {}
  for (const { name, values } of layers) {
    const lower: OptionValues = { ...merged }
    if (WORKLOAD.some((option) => values[option] !== undefined)) {
      if (lower.scenarios !== undefined) {
        const message = `"${name}" level configuration overrode scenarios configuration entirely`
        notices.push({ level: 'warning', message })
      }
      for (const option of WORKLOAD) delete lower[option]
    }
    merged = { ...lower, ...values }
    if (lower.dns !== undefined && values.dns !== undefined) merged.dns = { ...lower.dns, ...withoutNulls(values.dns) }
    if (mergeTags && lower.tags !== undefined) merged.tags = { ...lower.tags, ...values.tags }
  }
  return merged
}

/** k6 reads these flags with the command line, and a mistake in one has the exit code of a wrong command line. */
const FLAGS_OF_THE_COMMAND_LINE = ['dns', 'blacklist-ip', 'block-hostnames']
const WRONG_COMMAND_LINE = 255

/** Replaces the places of a problem by those where the user wrote the option, such as `--duration = "300ms"`. */
export function whereWritten(problem: ConfigProblem, layers: readonly Layer[]): ConfigProblem {
  const places = problem.places.map((place) => placeWritten(place, layers))
  const isFlag = places.some(({ path }) => FLAGS_OF_THE_COMMAND_LINE.some((name) => path.startsWith(`--${name}`)))
  return { ...problem, places, ...(isFlag ? { exitCode: WRONG_COMMAND_LINE } : {}) }
}

function placeWritten(place: ProblemPlace, layers: readonly Layer[]): ProblemPlace {
  const name = /^options\.(\w+)/.exec(place.path)?.[1] as OptionName | undefined
  if (name === undefined) return place
  const layer = layers.findLast(({ values }) => values[name] !== undefined)
  if (layer?.name === 'file')
    return { ...place, path: `${place.path.slice('options.'.length)} in the configuration file` }
  return layer?.places?.[name] ?? place
}

function withoutNulls(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined))
}
