/**
 * What a threshold is about: a metric, or the part of it whose samples carry certain tags.
 *
 *   selector := name [ "{" pair { "," pair } "}" ]          empty pairs are ignored
 *   pair     := key ":" value                               split at the first colon; spaces and quotes around both are dropped
 *
 * `group:::setup` is the tag group with the value `::setup`; `group:` matches samples that have the tag, with an empty value.
 *
 * Errors  SockeyeError ERR_INVALID_THRESHOLD, see errors.ts
 * Source  docs/spec/metrics-and-modules.md 2.3
 */
import { badSelector, emptySelector } from './errors.js'

export interface Selector {
  readonly metric: string
  /** Null when the whole metric is meant. */
  readonly tags: Readonly<Record<string, string>> | null
}

export function parseSelector(text: string): Selector {
  const open = text.indexOf('{')
  const close = text.lastIndexOf('}')
  if (open === -1 && close === -1) return { metric: text, tags: null }
  if (open === -1 || close === -1) throw badSelector(`"${text}" has unmatched opening/close curly brace`)
  if (close < open) throw badSelector(`"${text}" closing curly brace appears before opening one`)
  if (close !== text.length - 1) throw badSelector(`"${text}" lacks a closing curly brace in its last position`)
  const metric = text.slice(0, open)
  const tags = parseTags(text.slice(open + 1, close))
  if (Object.keys(tags).length === 0) throw emptySelector(metric)
  return { metric, tags }
}

/** Equal for selectors of the same samples, whatever the order of their tags. */
export function selectorKey({ metric, tags }: Selector): string {
  return JSON.stringify([metric, tags === null ? null : Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))])
}

function parseTags(text: string): Record<string, string> {
  const tags: Record<string, string> = {}
  for (const part of text.split(',')) {
    if (part.trim() === '') continue
    const colon = part.indexOf(':')
    const key = colon === -1 ? '' : unquoted(part.slice(0, colon))
    if (key === '') throw badSelector(`"${part.trim()}" tag expression is malformed`)
    tags[key] = unquoted(part.slice(colon + 1))
  }
  return tags
}

function unquoted(text: string): string {
  const trimmed = text.trim()
  const quote = trimmed[0]
  const isQuoted = trimmed.length >= 2 && (quote === '"' || quote === "'") && trimmed.endsWith(quote)
  return isQuoted ? trimmed.slice(1, -1) : trimmed
}
