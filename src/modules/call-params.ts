/**
 * The parameters of calls that modules read in the same way: tags, headers, limits, compression.
 *
 * Errors  HostError with k6's texts
 */
import type { HeaderList } from '../net/headers.js'
import { limitsOfCall, type SocketLimits } from '../net/limits.js'
import { HostError } from '../vu/host-error.js'
import type { VirtualUser } from '../vu/virtual-user.js'

const ACCEPTED = 'only String, Boolean and Number types are accepted as a metric tag values'

/** `where` begins the message of the error, for example `check()`. What is no object has no tags. */
export function metricTags(tags: unknown, where: string): Record<string, string> {
  const result: Record<string, string> = {}
  if (typeof tags !== 'object' || tags === null) return result
  for (const [key, value] of Object.entries(tags)) {
    if (!isTagValue(value)) throw new HostError(`${where}: invalid value for metric tag '${key}': ${ACCEPTED}`)
    result[key] = String(value)
  }
  return result
}

export function isTagValue(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

const NO_HEADERS: HeaderList = []

/** Names as the script writes them. What is no object has no headers. */
export function headersOf(headers: unknown): HeaderList {
  if (typeof headers !== 'object' || headers === null) return NO_HEADERS
  return Object.entries(headers).map(([name, value]) => [name, String(value)])
}

/** The time and size limits of one call: those of the test, unless `params` has others. */
export function callLimits(vu: VirtualUser, params: object): SocketLimits {
  try {
    return limitsOfCall(params, vu.shard.dialer.limits)
  } catch (error) {
    throw new HostError((error as Error).message)
  }
}

/** Whether a WebSocket offers `permessage-deflate`. No other compression is supported. */
export function isDeflate(compression: unknown): boolean {
  const name = String(compression).trim()
  if (name === 'deflate') return true
  throw new HostError(`unsupported compression algorithm '${name}', supported algorithm is 'deflate'`)
}
