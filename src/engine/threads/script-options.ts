/**
 * The `options` that a script exports, as JSON, or the problems that prevent that.
 *
 * Errors  none: exceptions of getters and `toJSON` of the script become problems with their paths
 */
import { nearest } from '../../base/nearest.js'
import type { LoadedScript, OptionProblem } from '../workload.js'

type Exports = Readonly<Record<string, unknown>>

const EXAMPLE = "export const options = { vus: 10, duration: '30s' }"
/** No option is nested so deep. */
const MAX_DEPTH = 100

/** The value of an export; undefined when reading it throws. */
export function readExport(exports: Exports, name: string): unknown {
  try {
    return exports[name]
  } catch {
    return undefined
  }
}

export function readOptions(exports: Exports): Pick<LoadedScript, 'options' | 'optionProblems'> {
  const problems: OptionProblem[] = []
  const read = reading(problems, 'options', () => exports['options'])
  if (read === undefined && problems.length === 0) problems.push(...nearMisses(exports))
  const value = problems.length > 0 || read === undefined ? undefined : wholeOptions(read, problems)
  if (problems.length > 0 || value === undefined) return { options: undefined, optionProblems: problems }
  return { options: JSON.stringify(value), optionProblems: [] }
}

/** Exports with similar names, such as `export const option = …`: without a hint, the test would run with no options at all. */
function nearMisses(exports: Exports): OptionProblem[] {
  return Object.keys(exports)
    .filter((name) => name !== 'options' && nearest(name.toLowerCase(), ['options']) !== undefined)
    .filter((name) => isPlainObject(readExport(exports, name)))
    .map((name) => ({
      message: `the script exports "${name}", but no "options"`,
      path: name,
      hint: `did you mean: export const options = { … }`,
    }))
}

function wholeOptions(value: unknown, problems: OptionProblem[]): unknown {
  // The checks of the configuration report arrays, strings and numbers.
  if (value === null || Array.isArray(value) || !(typeof value === 'object' || typeof value === 'function')) {
    return plain(value, 'options', [], problems)
  }
  if (isPlainObject(value) || hasFields(value)) return plain(value, 'options', [], problems)
  problems.push({ message: `options must be an object, got ${kindOf(value)}`, path: 'options', hint: EXAMPLE })
  return undefined
}

/** A copy that has only values of JSON. */
function plain(value: unknown, path: string, ancestors: readonly object[], problems: OptionProblem[]): unknown {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) problems.push({ message: `${path} is ${value}`, path, hint: hintOfNumber(value) })
      return value
    case 'bigint':
      problems.push({ message: `${path} is a BigInt, ${value}n`, path, hint: 'write it as a number' })
      return undefined
    case 'function':
    case 'symbol':
      problems.push({ message: `${path} is ${kindOf(value)}, which is no value of an option`, path })
      return undefined
    case 'object':
      return value === null ? null : plainObject(value, path, ancestors, problems)
    default:
      return value
  }
}

function plainObject(value: object, path: string, ancestors: readonly object[], problems: OptionProblem[]): unknown {
  if (ancestors.includes(value)) {
    problems.push({ message: `${path} refers to an object that it is in`, path })
    return undefined
  }
  if (ancestors.length >= MAX_DEPTH) {
    problems.push({ message: `${path} is nested too deep`, path })
    return undefined
  }
  const inside = [...ancestors, value]
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') {
    const json = reading(problems, path, () => Reflect.apply(toJSON, value, ['']) as unknown)
    return typeof json === 'object' && json !== null ? plainObject(json, path, inside, problems) : json
  }
  if (Array.isArray(value)) {
    return value.map((_, i) =>
      plain(
        reading(problems, `${path}[${i}]`, () => value[i]),
        `${path}[${i}]`,
        inside,
        problems,
      ),
    )
  }
  if (value instanceof Map || value instanceof Set || value instanceof Promise || value instanceof WeakMap) {
    problems.push({ message: `${path} is ${kindOf(value)}`, path, hint: 'use a plain object or an array' })
    return undefined
  }
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const inner = `${path}${/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`}`
    const read = reading(problems, inner, () => (value as Record<string, unknown>)[key])
    Object.defineProperty(copy, key, {
      value: plain(read, inner, inside, problems),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return copy
}

function reading(problems: OptionProblem[], path: string, read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    problems.push({ message: `reading ${path} throws ${textOf(error)}`, path })
    return undefined
  }
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** An instance of a class is accepted when it has own fields, as in k6. Members of its class are not part of its JSON. */
function hasFields(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function kindOf(value: unknown): string {
  if (typeof value === 'function')
    return /^class\b/.test(Function.prototype.toString.call(value)) ? 'a class' : 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  const name = (value as object).constructor?.name
  if (value instanceof Map || value instanceof Set || value instanceof WeakMap) return `a ${name}`
  if (value instanceof Promise) return 'a promise'
  return `an instance of ${typeof name === 'string' && name !== '' ? name : 'a class'}`
}

function hintOfNumber(value: number): string {
  return Number.isNaN(value)
    ? 'it was computed from something that is no number, such as a variable of __ENV that is not set'
    : 'write a number, or leave it out'
}

function textOf(error: unknown): string {
  try {
    return String(error)
  } catch {
    return 'something that cannot be shown'
  }
}
