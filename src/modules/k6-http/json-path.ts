/**
 * Paths into JSON documents, in the syntax of gjson: `friends.#(age>40)#.first`, `a.b|@reverse`, `{name,n:list.#}`.
 *
 *   path      := step { ("." | "|") step }
 *   step      := key with `*` `?` `\` | index | "#" | "#(" query ")" ["#"] | "@" modifier [":" argument] | "!" literal
 *              | "[" path { "," path } "]" | "{" [name ":"] path { "," … } "}"
 *   query     := [path] [operator value]
 *
 * Shape   values are what JSON.parse gives; undefined means that nothing matches. After `#` a "." applies the rest to each element, a "|" to the
 *         list of all of them
 * Errors  an Error for a path of more than 500 parts
 * Source  gjson's published syntax; docs/spec/http.md §8
 */
import { matchesWildcard } from './wildcard.js'

type Json = unknown

/** The most steps, brackets and queries of one path. Each is a few nested calls, and too many would overflow the stack. */
const MAX_PARTS = 500

/** What a path finds in a document; undefined when nothing matches. */
export function select(document: Json, path: string): Json {
  const parts = path.length > MAX_PARTS ? (path.match(/[.|[{(#,@]/g)?.length ?? 0) : 0
  if (parts > MAX_PARTS) throw new Error(`this path into JSON has ${parts} parts; it may have ${MAX_PARTS}`)
  return selectPart(document, path)
}

/** The same for a part of a path, without the check. */
function selectPart(document: Json, path: string): Json {
  return path === '' ? undefined : new Path(path).of(document)
}

const OPERATORS = ['!=', '!%', '==', '<=', '>=', '=', '<', '>', '%'] as const

type Operator = (typeof OPERATORS)[number]

class Path {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  of(value: Json): Json {
    switch (this.#text[0]) {
      case '@':
        return this.#rest(this.#modified(value))
      case '!':
        return this.#rest(tryParse(this.#argument()))
      case '[':
        return this.#rest(this.#newArray(value))
      case '{':
        return this.#rest(this.#newObject(value))
      case '#':
        if (Array.isArray(value)) return this.#ofList(value)
        return this.#member(value)
      default:
        return this.#member(value)
    }
  }

  /** Applies what follows the present step. */
  #rest(value: Json): Json {
    if (value === undefined || this.#at >= this.#text.length) return value
    const separator = this.#text[this.#at]
    if (separator !== '.' && separator !== '|') return undefined
    return selectPart(value, this.#text.slice(this.#at + 1))
  }

  #member(value: Json): Json {
    const start = this.#at
    while (this.#at < this.#text.length && !this.#isSeparator()) this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    return this.#rest(memberOf(value, this.#text.slice(start, this.#at)))
  }

  #isSeparator(): boolean {
    return this.#text[this.#at] === '.' || this.#text[this.#at] === '|'
  }

  #ofList(list: readonly Json[]): Json {
    this.#at = 1
    const opening = this.#text[1]
    if (opening !== '(' && opening !== '[') return this.#spread(list, () => list.length)
    const query = this.#enclosed()
    const matches = queryOf(query)
    if (this.#text[this.#at] !== '#') return this.#rest(list.find(matches))
    this.#at++
    const found = list.filter(matches)
    return this.#spread(found, () => found)
  }

  /** After `#`: applies the path up to the next `|` to each element. */
  #spread(list: readonly Json[], whole: () => Json): Json {
    if (this.#text[this.#at] !== '.') return this.#rest(whole())
    const from = this.#at + 1
    const pipe = topLevelIndex(this.#text, '|', from)
    const path = this.#text.slice(from, pipe < 0 ? undefined : pipe)
    const results = list.map((item) => selectPart(item, path)).filter((item) => item !== undefined)
    this.#at = pipe < 0 ? this.#text.length : pipe
    return this.#rest(results)
  }

  #modified(value: Json): Json {
    const start = this.#at + 1
    let end = start
    while (end < this.#text.length && /[\w-]/.test(this.#text[end]!)) end++
    const name = this.#text.slice(start, end)
    this.#at = end
    const argument = this.#text[end] === ':' ? this.#argument() : ''
    const modifier = Object.hasOwn(MODIFIERS, name) ? MODIFIERS[name] : undefined
    return modifier?.(value, argument)
  }

  /** The text after a sign: a JSON value, or everything up to the next separator. Moves behind it. */
  #argument(): string {
    this.#at++
    const start = this.#at
    if ('{["'.includes(this.#text[start] ?? ' ')) this.#at = jsonEnd(this.#text, start)
    else while (this.#at < this.#text.length && !this.#isSeparator()) this.#at++
    return this.#text.slice(start, this.#at)
  }

  #newArray(value: Json): Json {
    return splitTopLevel(this.#enclosed())
      .map((path) => selectPart(value, path.trim()))
      .filter((item) => item !== undefined)
  }

  #newObject(value: Json): Json {
    const result: Record<string, Json> = {}
    for (const part of splitTopLevel(this.#enclosed())) {
      const { name, path } = namedPath(part.trim())
      const item = selectPart(value, path)
      if (item !== undefined) {
        Object.defineProperty(result, name, { value: item, enumerable: true, writable: true, configurable: true })
      }
    }
    return result
  }

  /** The text between this bracket and the one that closes it. Moves behind that. */
  #enclosed(): string {
    const start = this.#at
    this.#at = jsonEnd(this.#text, start)
    return this.#text.slice(start + 1, this.#at - 1)
  }
}

function memberOf(value: Json, key: string): Json {
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined
  const object = value as Record<string, Json>
  if (!/[\\*?]/.test(key)) return Object.hasOwn(object, key) ? object[key] : undefined
  const found = Object.keys(object).find((name) => matchesWildcard(name, key))
  return found === undefined ? undefined : object[found]
}

function queryOf(text: string): (item: Json) => boolean {
  const { path, operator, value } = splitQuery(text)
  return (item) => {
    const found = path === '' ? item : selectPart(item, path)
    if (found === undefined) return false
    return operator === null || compare(found, operator, value)
  }
}

function splitQuery(text: string): { path: string; operator: Operator | null; value: string } {
  let at = 0
  while (at < text.length) {
    if ('([{"'.includes(text[at]!)) {
      at = jsonEnd(text, at)
      continue
    }
    const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at))
    if (operator !== undefined) {
      const value = text.slice(at + operator.length).trim()
      return { path: text.slice(0, at).trim(), operator, value: queryValue(value) }
    }
    at += text[at] === '\\' ? 2 : 1
  }
  return { path: text.trim(), operator: null, value: '' }
}

function queryValue(text: string): string {
  const parsed = text.startsWith('"') ? tryParse(text) : undefined
  return typeof parsed === 'string' ? parsed : text
}

/** Compares as the type of the value that was found demands; `value` is text of the path. */
function compare(found: Json, operator: Operator, value: string): boolean {
  switch (typeof found) {
    case 'string':
      return holds(operator, found < value ? -1 : found > value ? 1 : 0, () => matchesWildcard(found, value))
    case 'number': {
      const number = Number(value)
      return value !== '' && !Number.isNaN(number) && holds(operator, found - number, () => false)
    }
    case 'boolean': {
      const other = value === 'true' ? 1 : value === 'false' ? 0 : Number.NaN
      return operator === '!=' ? Number(found) !== other : holds(operator, Number(found) - other, () => false)
    }
    default:
      return found === null && holds(operator, value === 'null' ? 0 : Number.NaN, () => false)
  }
}

function holds(operator: Operator, difference: number, matches: () => boolean): boolean {
  switch (operator) {
    case '=':
    case '==':
      return difference === 0
    case '!=':
      return difference !== 0
    case '<':
      return difference < 0
    case '<=':
      return difference <= 0
    case '>':
      return difference > 0
    case '>=':
      return difference >= 0
    case '%':
      return matches()
    case '!%':
      return !matches()
    default:
      return operator satisfies never
  }
}

/** Index behind the bracket or quote that closes the one at `start`; the end of the text when none does. */
function jsonEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const character = text[at]!
    if (character === '\\') at++
    else if (character === '"') {
      at = stringEnd(text, at)
      if (depth === 0) return at + 1
    } else if ('([{'.includes(character)) depth++
    else if (')]}'.includes(character)) {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return text.length
}

/** Index of the quote that closes the one at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function topLevelIndex(text: string, wanted: string, from: number): number {
  let at = from
  while (at < text.length) {
    if (text[at] === wanted) return at
    if ('([{"'.includes(text[at]!)) at = jsonEnd(text, at)
    else at += text[at] === '\\' ? 2 : 1
  }
  return -1
}

function splitTopLevel(text: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let comma = topLevelIndex(text, ',', 0); comma >= 0; comma = topLevelIndex(text, ',', from)) {
    parts.push(text.slice(from, comma))
    from = comma + 1
  }
  return [...parts, text.slice(from)]
}

/** `"name":path`, `name:path`, or a path whose last key is the name. */
function namedPath(text: string): { name: string; path: string } {
  const colon = text.startsWith('@') || text.startsWith('!') ? -1 : topLevelIndex(text, ':', 0)
  if (colon >= 0) {
    const name = text.slice(0, colon)
    const parsed = tryParse(name)
    return { name: typeof parsed === 'string' ? parsed : name, path: text.slice(colon + 1) }
  }
  const [, last = ''] = /(?:^|[.|])([^.|]*)$/.exec(text) ?? []
  return { name: /^[\w-]+$/.test(last) ? last : '_', path: text }
}

function tryParse(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Modifier = (value: Json, argument: string) => Json

const MODIFIERS: Readonly<Record<string, Modifier>> = {
  this: (value) => value,
  valid: (value) => value,
  pretty: (value) => value,
  ugly: (value) => value,
  reverse: reversed,
  keys: (value) => (isObject(value) ? Object.keys(value) : []),
  values: (value) => (isObject(value) ? Object.values(value) : Array.isArray(value) ? value : []),
  flatten: (value, argument) =>
    Array.isArray(value) ? value.flat(isDeep(argument) ? Number.POSITIVE_INFINITY : 1) : value,
  join: (value) => (Array.isArray(value) ? Object.assign({}, ...value.filter(isObject)) : value),
  tostr: (value) => JSON.stringify(value),
  fromstr: (value) => (typeof value === 'string' ? tryParse(value) : undefined),
  dig: dug,
}

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.toReversed()
  return isObject(value) ? Object.fromEntries(Object.entries(value).reverse()) : value
}

function isDeep(argument: string): boolean {
  const options = tryParse(argument)
  return isObject(options) && options['deep'] === true
}

/**
 * What the path finds in the value and in all values inside it, outer before inner. Not recursive, because a target may nest a document as
 * deeply as it likes.
 */
function dug(document: Json, path: string): Json[] {
  const results: Json[] = []
  const waiting = [document]
  while (waiting.length > 0) {
    const value = waiting.pop()
    const found = selectPart(value, path)
    if (found !== undefined) results.push(found)
    if (typeof value === 'object' && value !== null) {
      for (const child of Object.values(value).toReversed()) waiting.push(child)
    }
  }
  return results
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
