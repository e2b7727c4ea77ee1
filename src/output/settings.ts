/**
 * Where the settings of an output come from:
 *
 *   default < configuration file (`collectors.<type>`) < environment (process, then -e) < argument of --out
 *
 * Errors  SockeyeError ERR_INVALID_OUTPUT, exit 255: `could not create the '<type>' output: <reason>`
 * Source  docs/spec/outputs.md §0
 */
import { formatDuration, parseDuration } from '../base/duration.js'
import type { SockeyeError } from '../base/errors.js'
import { invalidOutput } from './errors.js'
import type { OutputContext } from './output.js'

/** The names of one setting. */
export interface SettingNames {
  /** The variable without `K6_`: `PROMETHEUS_RW_PUSH_INTERVAL`. Of several the first that is set counts. */
  readonly env?: string | readonly string[]
  /** The whole name of a variable of another tool, which counts when ours is not set. */
  readonly foreignEnv?: string
  /** The key in the configuration file and in the argument. */
  readonly key?: string
}

export class Settings {
  readonly type: string
  readonly #argument: ReadonlyMap<string, readonly string[]>
  readonly #env: OutputContext['env']
  readonly #config: Readonly<Record<string, unknown>>

  constructor(
    type: string,
    argument: ReadonlyMap<string, readonly string[]>,
    { env, config }: Pick<OutputContext, 'env' | 'config'>,
    configKey: string = type,
  ) {
    this.type = type
    this.#argument = argument
    this.#env = env
    this.#config = (config[configKey] ?? {}) as Readonly<Record<string, unknown>>
  }

  refuse(reason: string, hint?: string): SockeyeError {
    return invalidOutput(`could not create the '${this.type}' output: ${reason}`, hint)
  }

  /** The value as it was set; a list or an object comes from the configuration file. An empty text counts as not set. */
  raw({ env = [], foreignEnv, key }: SettingNames): unknown {
    const fromArgument = key === undefined ? undefined : this.#argument.get(key)
    if (fromArgument !== undefined) return fromArgument.length === 1 ? fromArgument[0] : fromArgument
    const own = [env].flat().flatMap((name) => [`SOCKEYE_${name}`, `K6_${name}`])
    for (const name of foreignEnv === undefined ? own : [...own, foreignEnv]) {
      const text = this.#env[name]
      if (text !== undefined && text !== '') return text
    }
    const value = key === undefined ? undefined : this.#config[key]
    return value === null || value === '' ? undefined : value
  }

  text(names: SettingNames): string | undefined {
    const value = this.raw(names)
    if (value === undefined || typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw this.refuse(`${labelOf(names)} must be a text, got ${JSON.stringify(value)}`)
  }

  /** Reads a setting whose text must be `true` or `false`. */
  boolean(names: SettingNames, otherwise = false): boolean {
    const value = this.raw(names)
    if (value === undefined) return otherwise
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    throw this.refuse(
      `${labelOf(names)}: converting '${value}' to type null.Bool. details: invalid input:${value}`,
      'use true or false',
    )
  }

  /** A duration above 0, in ms. A bare number is milliseconds. */
  interval(names: SettingNames, otherwise: number): number {
    const ms = this.duration(names, otherwise)
    if (ms <= 0) throw this.refuse(`metric flush period should be positive but was ${formatDuration(ms)}`)
    return ms
  }

  duration(names: SettingNames, otherwise: number): number {
    const value = this.raw(names)
    if (value === undefined) return otherwise
    const ms = parseDuration(value)
    if (ms === undefined)
      throw this.refuse(`${labelOf(names)}: invalid duration ${JSON.stringify(value)}`, 'for example 5s')
    return ms
  }

  integer(names: SettingNames, otherwise: number): number {
    const value = this.raw(names)
    if (value === undefined) return otherwise
    const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
    if (!Number.isInteger(number))
      throw this.refuse(`${labelOf(names)} must be a whole number, got ${JSON.stringify(value)}`)
    return number
  }

  /** A list of the configuration file, or a text with commas. */
  list(names: SettingNames): readonly string[] | undefined {
    const value = this.raw(names)
    if (value === undefined) return undefined
    if (Array.isArray(value)) return value.map(String)
    if (typeof value === 'string')
      return value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
    throw this.refuse(`${labelOf(names)} must be a list, got ${JSON.stringify(value)}`)
  }

  /** All variables that begin with a name, without it: `HEADERS_X-Scope` ▸ `X-Scope`. */
  withPrefix(prefix: string): [name: string, value: string][] {
    return Object.entries(this.#env).flatMap(([name, value]) => {
      const rest = [`SOCKEYE_${prefix}`, `K6_${prefix}`].flatMap((full) =>
        name.startsWith(full) ? [name.slice(full.length)] : [],
      )
      return rest[0] === undefined || rest[0] === '' || value === undefined
        ? []
        : [[rest[0], value] as [string, string]]
    })
  }
}

function labelOf({ env, key }: SettingNames): string {
  const [name] = [env].flat()
  return name === undefined ? `"${key}"` : `K6_${name}`
}

/** `key=value,key=value` as a map; undefined when the text is something else. */
export function keyValues(argument: string): Map<string, string[]> | undefined {
  const pairs = new Map<string, string[]>()
  for (const part of argument === '' ? [] : argument.split(',')) {
    const cut = part.indexOf('=')
    if (cut <= 0) return undefined
    const key = part.slice(0, cut)
    pairs.set(key, [...(pairs.get(key) ?? []), part.slice(cut + 1)])
  }
  return pairs
}
