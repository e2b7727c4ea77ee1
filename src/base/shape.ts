/**
 * What data from elsewhere must look like before anybody relies on it: small checks that are put together to a large one.
 *
 *   const shape = record({ name: TEXT, points: list(COUNT), note: optional(TEXT) })
 *   shape(JSON.parse(text), '')   throws Misfit: points[3] must be a whole number from 0, got "x" (string)
 *
 * Shape   a check takes a value and its place (`series[2].points`; empty for the whole) and gives nothing. Fields that nobody asks for may
 *         be there: files and messages of later versions have them.
 * Errors  Misfit, for the first thing that is wrong
 */

export type Check = (value: unknown, place: string) => void

export class Misfit extends Error {}

export const TEXT = check('a text', (value) => typeof value === 'string')
export const FLAG = check('true or false', (value) => typeof value === 'boolean')
export const NUMBER = check('a number', (value) => Number.isFinite(value))
/** Also infinity, which plain data can hold and JSON cannot. */
export const ANY_NUMBER = check('a number', (value) => typeof value === 'number' && !Number.isNaN(value))
export const COUNT = check('a whole number from 0', (value) => Number.isSafeInteger(value) && (value as number) >= 0)
/** Zero or more. */
export const AMOUNT = check('a number from 0', (value) => Number.isFinite(value) && (value as number) >= 0)
export const POSITIVE = check('a number above 0', (value) => Number.isFinite(value) && (value as number) > 0)
export const BYTES = check('bytes', (value) => value instanceof Uint8Array)

export function check(expected: string, holds: (value: unknown) => boolean): Check {
  return (value, place) => {
    if (!holds(value)) throw misfit(place, expected, value)
  }
}

export function oneOf(...values: readonly string[]): Check {
  return check(values.map((value) => `'${value}'`).join(' or '), (value) => values.includes(value as string))
}

/** It may be absent. */
export function optional(inner: Check): Check {
  return (value, place) => {
    if (value !== undefined) inner(value, place)
  }
}

/** Null, too: JSON has neither NaN nor infinity. */
export function nullable(inner: Check): Check {
  return (value, place) => {
    if (value !== null) inner(value, place)
  }
}

export function list(item: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) throw misfit(place, 'a list', value)
    for (let i = 0; i < value.length; i++) item(value[i], `${place}[${i}]`)
  }
}

/** With a type, all fields of it must be named: `record<Point>({ x: NUMBER, y: NUMBER })`. */
export function record<T = Record<string, unknown>>(fields: Readonly<Record<keyof Required<T>, Check>>): Check {
  const entries = Object.entries<Check>(fields)
  return (value, place) => {
    assertObject(value, place)
    for (const [name, inner] of entries)
      inner(Object.hasOwn(value, name) ? value[name] : undefined, place === '' ? name : `${place}.${name}`)
  }
}

/** An object that may have any names. */
export function mapOf(item: Check): Check {
  return (value, place) => {
    assertObject(value, place)
    for (const [name, each] of Object.entries(value)) item(each, `${place}[${shortened(JSON.stringify(name))}]`)
  }
}

/** For each value of the field `Key` of a union of objects: the other fields of the object that has it. */
export type VariantFields<Union, Key extends keyof Union> = {
  readonly [Name in Union[Key] & string]: Readonly<
    Record<Exclude<keyof Extract<Union, { readonly [_ in Key]: Name }>, Key>, Check>
  >
}

/** One of several kinds of objects, which one field tells apart: `variants<Shape, 'kind'>('kind', { circle: { radius: NUMBER }, … })`. */
export function variants<Union, Key extends keyof Union & string>(key: Key, fields: VariantFields<Union, Key>): Check {
  const entries = Object.entries<Readonly<Record<string, Check>>>(fields)
  const shapes = new Map<unknown, Check>(entries.map(([name, own]) => [name, record(own)]))
  const known = record({ [key]: oneOf(...entries.map(([name]) => name)) })
  return (value, place) => {
    known(value, place)
    shapes.get((value as Readonly<Record<string, unknown>>)[key])?.(value, place)
  }
}

function assertObject(value: unknown, place: string): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw misfit(place, 'an object', value)
}

export function misfit(place: string, expected: string, value: unknown): Misfit {
  return new Misfit(`${place === '' ? 'it' : place} must be ${expected}, got ${shown(value)}`)
}

const LONGEST = 60

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'object') return Array.isArray(value) ? `a list of ${value.length}` : 'an object'
  return `${shortened(JSON.stringify(value))} (${typeof value})`
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
