/**
 * Reads the `params` of connections and calls. Unknown keys are refused, as on k6.
 *
 * Units   timeouts in milliseconds, sizes in bytes
 * Errors  HostError with k6's texts
 * Source  docs/spec/http.md §25.1, §25.2
 */
import { parseDuration } from '../../base/duration.js'
import type { Metadata } from '../../net/grpc/metadata.js'
import { HostError } from '../../vu/host-error.js'
import { metricTags } from '../call-params.js'

interface TlsParams {
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly password: string | undefined
  readonly cacerts: readonly string[]
}

export interface ConnectParams {
  readonly plaintext: boolean
  readonly reflect: boolean
  readonly reflectMetadata: Metadata
  readonly timeoutMs: number
  readonly maxReceiveBytes: number
  readonly maxSendBytes: number
  readonly authority: string | undefined
  readonly tls: TlsParams | null
}

export interface CallParams {
  readonly metadata: Metadata
  readonly tags: Readonly<Record<string, string>>
  /** Null: no limit. */
  readonly timeoutMs: number | null
  readonly discardsMessage: boolean
  readonly authority: string | undefined
}

export const DEFAULT_TIMEOUT = 60_000
const DEFAULT_RECEIVE_BYTES = 4 * 1024 * 1024
const DEFAULT_SEND_BYTES = 2 ** 31 - 1

const CONNECT_PARAMS = [
  'plaintext',
  'timeout',
  'reflect',
  'reflectMetadata',
  'maxReceiveSize',
  'maxSendSize',
  'authority',
  'tls',
]

export function connectParams(given: unknown): ConnectParams {
  const fail = failing('invalid grpc.connect() parameters')
  const params = objectOf(given, fail)
  for (const key of Object.keys(params)) {
    if (!CONNECT_PARAMS.includes(key)) fail(`unknown connect param: ${JSON.stringify(key)}`)
  }
  const { plaintext, timeout, reflect, reflectMetadata, maxReceiveSize, maxSendSize, authority, tls } = params
  return {
    plaintext: booleanOf('plaintext', plaintext, fail),
    reflect: booleanOf('reflect', reflect, fail),
    reflectMetadata: metadataOf('reflectMetadata', reflectMetadata, fail),
    // 0 is no limit.
    timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT : timeoutOf(timeout, fail) || Number.POSITIVE_INFINITY,
    maxReceiveBytes: sizeOf('maxReceiveSize', maxReceiveSize, DEFAULT_RECEIVE_BYTES, fail),
    maxSendBytes: sizeOf('maxSendSize', maxSendSize, DEFAULT_SEND_BYTES, fail),
    authority: authorityOf(authority, fail),
    tls: tls === undefined || tls === null ? null : tlsOf(tls, fail),
  }
}

const CALL_PARAMS = ['metadata', 'tags', 'timeout', 'discardResponseMessage', 'authority']

/** `where` begins the messages of errors. */
export function callParams(given: unknown, where: string, defaultTimeout: number | null): CallParams {
  const fail = failing(where)
  const params = objectOf(given, fail)
  for (const key of Object.keys(params)) {
    if (!CALL_PARAMS.includes(key)) fail(`unknown param: ${JSON.stringify(key)}`)
  }
  const { metadata, tags, timeout, discardResponseMessage, authority } = params
  const timeoutMs = timeout === undefined ? defaultTimeout : timeoutOf(timeout, fail)
  return {
    metadata: metadataOf('metadata', metadata, fail),
    tags: metricTags(tags, `${where}: metric tags`),
    timeoutMs: timeoutMs === 0 ? null : timeoutMs,
    discardsMessage: booleanOf('discardResponseMessage', discardResponseMessage, fail),
    authority: authorityOf(authority, fail),
  }
}

type Fail = (message: string) => never

function failing(where: string): Fail {
  return (message) => {
    throw new HostError(`${where}: ${message}`)
  }
}

function objectOf(given: unknown, fail: Fail): Record<string, unknown> {
  if (given === undefined || given === null) return {}
  if (typeof given !== 'object' || Array.isArray(given)) fail(`an object is expected, got ${shown(given)}`)
  return given as Record<string, unknown>
}

function booleanOf(name: string, value: unknown, fail: Fail): boolean {
  if (value === undefined) return false
  if (typeof value !== 'boolean') fail(`invalid ${name} value: '${shown(value)}', it needs to be boolean`)
  return value as boolean
}

function timeoutOf(value: unknown, fail: Fail): number {
  const ms = parseDuration(value)
  if (ms === undefined || ms < 0) {
    fail(`invalid timeout value: '${shown(value)}', it needs to be a duration such as "10s", or milliseconds`)
  }
  return ms as number
}

function sizeOf(name: string, value: unknown, otherwise: number, fail: Fail): number {
  if (value === undefined) return otherwise
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    fail(`invalid ${name} value: '${shown(value)}', it needs to be an integer`)
  }
  if ((value as number) < 0) fail(`invalid ${name} value: '${shown(value)}', it needs to be a positive integer`)
  return value as number
}

function authorityOf(value: unknown, fail: Fail): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') fail(`invalid authority value: '${shown(value)}', it needs to be a string`)
  return value === '' ? undefined : (value as string)
}

function metadataOf(name: string, value: unknown, fail: Fail): Metadata {
  if (value === undefined || value === null) return []
  if (typeof value !== 'object' || Array.isArray(value)) {
    fail(`invalid ${name} param: must be an object with key-value pairs`)
  }
  return Object.entries(value as object).map(([key, item]: [string, unknown]) => {
    const problem = `invalid ${name} param: ${JSON.stringify(key)} value must be`
    if (key.toLowerCase().endsWith('-bin')) {
      if (item instanceof Uint8Array) return [key, Uint8Array.from(item)]
      if (item instanceof ArrayBuffer) return [key, new Uint8Array(item.slice(0))]
      return fail(`${problem} binary`)
    }
    if (typeof item !== 'string') fail(`${problem} a string`)
    return [key, item as string]
  })
}

const TLS_PARAMS = ['cert', 'key', 'password', 'cacerts']

function tlsOf(value: unknown, fail: Fail): TlsParams {
  const problem = `invalid tls value: '${shown(value)}', expected (optional) keys: cert, key, password, and cacerts`
  if (typeof value !== 'object' || Array.isArray(value)) fail(problem)
  const given = value as Record<string, unknown>
  for (const key of Object.keys(given)) if (!TLS_PARAMS.includes(key)) fail(problem)
  const text = (key: string): string | undefined => {
    const item = given[key]
    if (item === undefined || item === null) return undefined
    if (typeof item !== 'string')
      fail(`invalid tls ${key} value: '${shown(item)}', it needs to be a PEM formatted string`)
    return item as string
  }
  const { cacerts = [] } = given
  const list = Array.isArray(cacerts) ? cacerts : [cacerts]
  if (list.some((item) => typeof item !== 'string')) {
    fail(`invalid tls cacerts value: '${shown(cacerts)}', it needs to be a string or an array of PEM formatted strings`)
  }
  const tls = { cert: text('cert'), key: text('key'), password: text('password'), cacerts: list as string[] }
  if ((tls.cert === undefined) !== (tls.key === undefined)) fail('invalid tls value: cert and key belong together')
  return tls
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
