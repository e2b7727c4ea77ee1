/**
 * HTTP header fields as the handshake needs them: canonical names, and lists of tokens in values.
 *
 * Shape  names are canonical in Go's way: `Sec-Websocket-Accept`, `X-A`; a name that is no token stays as it is
 */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/** Servers and scripts use the same few names again and again. */
const knownNames = new Map<string, string>()
const MAX_KNOWN_NAMES = 500

export function canonicalHeaderName(name: string): string {
  let canonical = knownNames.get(name)
  if (canonical === undefined) {
    canonical = isToken(name) ? name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()) : name
    if (knownNames.size < MAX_KNOWN_NAMES) knownNames.set(name, canonical)
  }
  return canonical
}

/** Joins repeated headers with `, `, in the order of their first appearance. */
export function joinHeaders(list: HeaderList): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const [name, value] of list) {
    if (Object.hasOwn(joined, name)) joined[name] += `, ${value}`
    else if (name in joined) addShadowing(joined, name, value)
    else joined[name] = value
  }
  return joined
}

/** A header named like something that every object has; a plain assignment to `__proto__` would be lost. */
function addShadowing(joined: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(joined, name, { value, enumerable: true, writable: true, configurable: true })
}

/** Whether a comma list such as `keep-alive, Upgrade` has a token, whatever its case. */
export function hasToken(value: string | undefined, token: string): boolean {
  if (value === undefined) return false
  if (value.toLowerCase() === token) return true
  return value.split(',').some((part) => part.trim().toLowerCase() === token)
}

export interface Extension {
  name: string
  /** A parameter without value is `''`; one that comes twice has a value that none can have. */
  parameters: Map<string, string>
}

const TWICE = '\0'

/** Parses `Sec-WebSocket-Extensions`; a malformed element is left out. Source: RFC 6455 §9.1. */
export function parseExtensions(value: string): Extension[] {
  return splitOutsideQuotes(value, ',')
    .map(parseExtension)
    .filter((extension) => isToken(extension.name))
}

function parseExtension(text: string): Extension {
  const [name = '', ...parameters] = splitOutsideQuotes(text, ';').map((part) => part.trim())
  const values = new Map<string, string>()
  for (const [key, value] of parameters.map(parseParameter)) values.set(key, values.has(key) ? TWICE : value)
  return { name, parameters: values }
}

function parseParameter(text: string): [string, string] {
  const equals = text.indexOf('=')
  if (equals < 0) return [text, '']
  const value = text.slice(equals + 1).trim()
  return [text.slice(0, equals).trim(), value.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1')]
}

/** A quoted string may contain the separator, and escaped quotes. */
function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const part = separator === ',' ? /(?:"(?:\\.|[^"\\])*"|[^,])+/g : /(?:"(?:\\.|[^"\\])*"|[^;])+/g
  return text.match(part) ?? []
}
