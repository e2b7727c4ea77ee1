/**
 * The header `Sec-WebSocket-Extensions`, taken apart.
 *
 * Source  RFC 6455 §9.1
 */
import { isToken } from '../headers.js'

export interface Extension {
  name: string
  /** A parameter without value is `''`; one that comes twice has a value that none can have. */
  parameters: Map<string, string>
}

const TWICE = '\0'

/** A malformed element is left out. */
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
