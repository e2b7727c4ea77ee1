/** Those of the `params` of a WebSocket that `k6/ws`, `k6/websockets` and the global `WebSocket` read in the same way. */
import type { HeaderList } from '../../net/headers.js'
import { HostError } from '../../vu/host-error.js'

const NO_HEADERS: HeaderList = []

export function headersOf(headers: unknown): HeaderList {
  if (typeof headers !== 'object' || headers === null) return NO_HEADERS
  return Object.entries(headers).map(([name, value]) => [name, String(value)])
}

/** Whether `permessage-deflate` is offered. Throws a HostError for the name of any other compression. */
export function isDeflate(compression: unknown): boolean {
  const name = String(compression).trim()
  if (name === 'deflate') return true
  throw new HostError(`unsupported compression algorithm '${name}', supported algorithm is 'deflate'`)
}
