/**
 * How calls fail on this side, and how scripts see the failures of both sides.
 *
 * Source  docs/spec/http.md §25.2; google/rpc/status.proto
 */
import type { Root } from 'protobufjs'
import { Code, failure, type GrpcStatus } from '../../net/grpc/status.js'
import { decodeMessage } from './json-mapping.js'
import { ownType } from './own-messages.js'

export const DEADLINE = failure(Code.DeadlineExceeded, 'Deadline exceeded')

/** The status of a call whose message cannot be decoded, or has no JSON form. */
export function unreadable({ message }: Error): GrpcStatus {
  return failure(Code.Internal, `grpc: failed to unmarshal the received message: ${message}`)
}

export interface GrpcError {
  readonly code: number
  readonly message: string
  /** The messages that the server has added, as JSON with the key `@type`. */
  readonly details: readonly unknown[]
}

/** `root`: has the types of details that the script has loaded. */
export function errorOf({ code, message, details }: GrpcStatus, root: Root): GrpcError {
  return { code, message, details: details === null ? [] : detailsOf(details, root) }
}

interface AnyMessage {
  readonly typeUrl?: string
  readonly value?: Uint8Array
}

function detailsOf(bytes: Uint8Array, root: Root): unknown[] {
  let items: readonly AnyMessage[]
  try {
    items = (ownType('Status').decode(bytes) as { readonly details?: readonly AnyMessage[] }).details ?? []
  } catch {
    // A server may send any bytes as details.
    return []
  }
  return items.map(({ typeUrl = '', value = new Uint8Array() }) => detailOf(typeUrl, value, root))
}

/** A message of a type that the script has not loaded is shown as its bytes in Base64. */
function detailOf(typeUrl: string, value: Uint8Array, root: Root): unknown {
  try {
    const type = root.lookupType(typeUrl.slice(typeUrl.lastIndexOf('/') + 1))
    const message = decodeMessage(type, value)
    return typeof message === 'object' ? { '@type': typeUrl, ...message } : { '@type': typeUrl, value: message }
  } catch {
    return { '@type': typeUrl, value: Buffer.from(value).toString('base64') }
  }
}
