/**
 * The forms of option values: how each is read from JSON and from text (environment, flags), and printed.
 *
 * Units   durations are milliseconds
 * Errors  FormError says what a value must be. The caller adds where the value came from
 */
import { formatDuration, parseDuration } from '../base/duration.js'
import { withKnownNames } from '../base/field-name.js'
import { shown } from './problems.js'

export class FormError extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

export interface Form<T> {
  /** Completes "must be …". */
  readonly expected: string
  /** Its name in k6's messages about the environment. */
  readonly goType: string
  /** Reads a JSON value that is neither null nor undefined. */
  read(value: unknown): T
  /** Reads text; absent for options without a documented text form. */
  readText?(text: string): T
  /** The value as `inspect` prints it; absent when it is printed unchanged. */
  print?(value: T): unknown
}

/** Makes a form of a function that returns undefined for a wrong value. */
function form<T>(
  expected: string,
  goType: string,
  read: (value: unknown) => T | undefined,
  rest: { readText?: (text: string) => T | undefined; print?: (value: T) => unknown } = {},
): Form<T> {
  const checked = (value: unknown, result: T | undefined): T => {
    if (result === undefined) throw new FormError(`must be ${expected}, got ${shown(value)}`)
    return result
  }
  const { readText, print } = rest
  return {
    expected,
    goType,
    read: (value) => checked(value, read(value)),
    ...(readText === undefined ? {} : { readText: (text: string) => checked(text, readText(text)) }),
    ...(print === undefined ? {} : { print }),
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** In JSON it may be a string, too, because scripts write `vus: __ENV.VUS`. */
export const INTEGER = form<number>(
  'a whole number',
  'int',
  (value) =>
    typeof value === 'string' ? readInteger(value) : Number.isSafeInteger(value) ? (value as number) : undefined,
  { readText: readInteger },
)

function readInteger(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined
}

const TRUE_TEXTS = ['1', 't', 'T', 'TRUE', 'true', 'True']
const FALSE_TEXTS = ['0', 'f', 'F', 'FALSE', 'false', 'False']

export function parseBoolean(text: string): boolean | undefined {
  return TRUE_TEXTS.includes(text) ? true : FALSE_TEXTS.includes(text) ? false : undefined
}

export const BOOLEAN = form<boolean>(
  'true or false',
  'bool',
  (value) => (typeof value === 'boolean' ? value : undefined),
  { readText: parseBoolean },
)

export const STRING = form<string>('a string', 'string', (value) => (typeof value === 'string' ? value : undefined), {
  readText: (text) => text,
})

/** The option httpDebug. `full` is itself; true and any other text is `headers`. */
export const HTTP_DEBUG = form<string>(
  "'headers' or 'full'",
  'string',
  (value) => (typeof value === 'string' ? value : value === true ? 'headers' : value === false ? '' : undefined),
  { readText: (text) => text },
)

export const DURATION: Form<number> = {
  expected: "a duration such as '30s', or a number of milliseconds",
  goType: 'types.NullDuration',
  read: readDuration,
  readText: readDuration,
  print: formatDuration,
}

/** Reads a duration as whole nanoseconds, as k6 keeps them. */
function readDuration(value: unknown): number {
  const ms = parseDuration(value)
  if (ms !== undefined) return Math.round(ms * 1e6) / 1e6
  const hint = "write it like '500ms', '30s', '1m30s' or '1d12h'; a number is milliseconds"
  if (typeof value === 'string') throw new FormError(`'${value}' is not a valid duration value`, hint)
  throw new FormError(`must be ${DURATION.expected}, got ${shown(value)}`)
}

export const STRINGS = form<readonly string[]>(
  'an array of strings',
  '[]string',
  (value) => (Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined),
  { readText: (text) => text.split(',').map((item) => item.trim()) },
)

export const STRING_MAP = form<Readonly<Record<string, string>>>(
  'an object whose values are strings',
  'map[string]string',
  readStrings,
  { readText: (text) => readPairs(text, ':'), print: sortKeys },
)

/** Strings whose order has no meaning. They are printed sorted. */
export const SORTED_STRINGS: Form<readonly string[]> = { ...STRINGS, print: (names) => [...names].sort() }

/** As on k6, null is read as an empty text. */
function readStrings(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value).map(([key, item]) => [key, item ?? ''] as const)
  return entries.every((entry): entry is readonly [string, string] => typeof entry[1] === 'string')
    ? Object.fromEntries(entries)
    : undefined
}

/** `k:v,k2:v2`, with another separator `k=v,k2=v2`. */
function readPairs(text: string, separator: string): Record<string, string> | undefined {
  const pairs: [string, string][] = []
  for (const pair of text.split(',')) {
    const at = pair.indexOf(separator)
    if (at < 1) return undefined
    pairs.push([pair.slice(0, at).trim(), pair.slice(at + 1).trim()])
  }
  return Object.fromEntries(pairs)
}

export const OBJECT = form<Readonly<Record<string, unknown>>>(
  'an object',
  'map[string]interface {}',
  (value) => (isObject(value) ? value : undefined),
  { print: sortKeys },
)

export const ARRAY = form<readonly unknown[]>('an array', '[]interface {}', (value) =>
  Array.isArray(value) ? value : undefined,
)

export const DNS = form<Readonly<Record<string, unknown>>>(
  'an object with ttl, select and policy',
  'types.DNSConfig',
  (value) => (isObject(value) ? withKnownNames(value, ['ttl', 'select', 'policy']) : undefined),
  // `ttl=5m,select=random,policy=preferIPv4`
  { readText: (text) => readPairs(text, '=') },
)

/** A TLS version, or the lowest and the highest. */
export const TLS_VERSION = form<string | Readonly<Record<string, unknown>>>(
  "a version such as 'tls1.2', or { min, max }",
  'lib.TLSVersions',
  (value) => (typeof value === 'string' || isObject(value) ? value : undefined),
  { readText: (text) => text, print: (value) => (typeof value === 'string' ? { min: value, max: value } : value) },
)

/** A stage as the user wrote it; a missing field is null. */
export interface RawStage {
  readonly duration: number | null
  readonly target: number | null
}

export const STAGES: Form<readonly RawStage[]> = {
  expected: "an array of stages such as { duration: '30s', target: 10 }",
  goType: '[]lib.Stage',
  read: (value) => {
    if (!Array.isArray(value)) throw new FormError(`must be ${STAGES.expected}, got ${shown(value)}`)
    return value.map(readStage)
  },
  readText: (text) => (text === '' ? [] : text.split(',').map(readStageText)),
  print: (stages) =>
    stages.map(({ duration, target }) => ({ duration: duration === null ? null : formatDuration(duration), target })),
}

function readStage(value: unknown, index: number): RawStage {
  if (!isObject(value))
    throw new FormError(`stage ${index + 1} must be an object with duration and target, got ${shown(value)}`)
  const { duration = null, target = null, ...unknown } = withKnownNames(value, ['duration', 'target'])
  const [key] = Object.keys(unknown)
  if (key !== undefined)
    throw new FormError(`stage ${index + 1} has an unknown field "${key}"`, 'stages have a duration and a target')
  return {
    duration: duration === null ? null : inStage(index, 'duration', () => DURATION.read(duration)),
    target: target === null ? null : inStage(index, 'target', () => INTEGER.read(target)),
  }
}

function inStage<T>(index: number, field: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    throw new FormError(`${field} of stage ${index + 1}: ${error.message}`, error.hint)
  }
}

/** `30s:10`; the target may be left out. Stages are counted from 0 here, as k6 does. */
export function readStageText(text: string, index: number): RawStage {
  const [duration = '', target = ''] = text.split(/:(.*)/, 2)
  if (duration === '') {
    throw new FormError(
      `stage ${index} doesn't have a specified duration`,
      'write a stage as duration:target, for example 30s:10',
    )
  }
  try {
    return {
      duration: DURATION.read(duration),
      target: target === '' ? null : (INTEGER.readText as (t: string) => number)(target),
    }
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    throw new FormError(`error for stage ${index}: ${error.message}`, error.hint)
  }
}

/** With its keys in order, as Go prints maps. */
export function sortKeys<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)))
}
