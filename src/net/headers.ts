/**
 * HTTP header fields: canonical names, and lists of tokens in values.
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

/**
 * Adds to the list of a name that a server has chosen: a cookie may be called `constructor`, and a plain assignment to `__proto__`
 * would be lost.
 */
export function addToList<T>(lists: Record<string, T[]>, name: string, ...values: T[]): void {
  if (Object.hasOwn(lists, name)) lists[name]!.push(...values)
  else Object.defineProperty(lists, name, { value: values, enumerable: true, writable: true, configurable: true })
}

/** Node sends the lower byte of each character of a field; ours are UTF-8. */
export function toLatin1(text: string): string {
  return isAscii(text) ? text : Buffer.from(text).toString('latin1')
}

/** Text that came with one character per byte. */
export function fromLatin1(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'latin1').toString('utf8')
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

/** Whether a comma list such as `keep-alive, Upgrade` has a token, whatever its case. */
export function hasToken(value: string | undefined, token: string): boolean {
  if (value === undefined) return false
  if (value.toLowerCase() === token) return true
  return value.split(',').some((part) => part.trim().toLowerCase() === token)
}
