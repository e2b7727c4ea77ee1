/**
 * The option `dns`: how long addresses are kept, which family is wanted, which address of several is taken.
 *
 * Shape   { ttl, select, policy } or the text `ttl=5m,select=random,policy=preferIPv4`
 * Units   ttl: a duration text, `inf`, or milliseconds without a unit
 * Errors  NetworkOptionError with k6's texts; a wrong ttl has exit code 255
 */
import { parseDuration } from '../base/duration.js'
import { withKnownNames } from '../base/field-name.js'
import { NetworkOptionError } from './errors.js'

const SELECTS = ['first', 'roundRobin', 'random'] as const
const POLICIES = ['preferIPv4', 'preferIPv6', 'onlyIPv4', 'onlyIPv6', 'any'] as const

export type DnsSelect = (typeof SELECTS)[number]
export type DnsPolicy = (typeof POLICIES)[number]

export interface DnsOptions {
  /** 0: nothing is kept; Infinity: for ever. */
  ttlMs: number
  select: DnsSelect
  policy: DnsPolicy
}

const FIELDS = ['ttl', 'select', 'policy']
const DEFAULT_TTL_MS = 300_000

export function parseDns(value: unknown): DnsOptions {
  const given = typeof value === 'string' ? fieldsOf(value) : ((value ?? {}) as Record<string, unknown>)
  const fields = withKnownNames(given, FIELDS)
  for (const key of Object.keys(fields)) {
    if (!FIELDS.includes(key)) {
      throw new NetworkOptionError('dns', `unknown DNS option '${key}'`, 'use ttl, select and policy')
    }
  }
  return {
    ttlMs: parseTtl(fields['ttl']),
    select: member(SELECTS, 'DNSSelect', fields['select'] ?? 'random'),
    policy: member(POLICIES, 'DNSPolicy', fields['policy'] ?? 'preferIPv4'),
  }
}

function fieldsOf(text: string): Record<string, string> {
  const parts = text === '' ? [] : text.split(',')
  return Object.fromEntries(parts.map((part) => part.split(/=(.*)/, 2).map((side) => side.trim())))
}

function member<T extends string>(allowed: readonly T[], type: string, value: unknown): T {
  const found = allowed.find((name) => name === value)
  if (found !== undefined) return found
  throw new NetworkOptionError('dns', `${value} does not belong to ${type} values`, `use one of ${allowed.join(', ')}`)
}

function parseTtl(value: unknown): number {
  if (value === undefined || value === null || value === '') return DEFAULT_TTL_MS
  if (value === 'inf') return Number.POSITIVE_INFINITY
  const ms = parseDuration(value)
  if (ms !== undefined && ms >= 0) return ms
  throw new NetworkOptionError('dns', `invalid DNS TTL: ${value}`, 'use a duration such as "5m", "inf" or "0"', 255)
}
