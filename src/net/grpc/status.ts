/**
 * How calls end: the codes of gRPC, their names, and what an end that has no code of its own counts as.
 *
 * Source  gRPC over HTTP2 (status codes of RST_STREAM), "HTTP to gRPC Status Code Mapping"; docs/spec/http.md §25
 */
import { STATUS_CODES } from 'node:http'
import { CANCEL, HTTP2_ERROR_NAMES, REFUSED_STREAM } from '../http2-codes.js'

export const Code = {
  OK: 0,
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const

export interface GrpcStatus {
  readonly code: number
  readonly message: string
  /** Of `grpc-status-details-bin`: a google.rpc.Status; null without. */
  readonly details: Buffer | null
}

const NAMES = Object.keys(Code)

function codeName(code: number): string {
  return NAMES[code] ?? `Code(${code})`
}

export function failure(code: number, message: string): GrpcStatus {
  return { code, message, details: null }
}

/** `rpc error: code = NotFound desc = no such user` */
export function statusText({ code, message }: GrpcStatus): string {
  return `rpc error: code = ${codeName(code)} desc = ${message}`
}

const OF_HTTP_STATUS: Readonly<Record<number, number>> = {
  400: Code.Internal,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.Unimplemented,
  429: Code.Unavailable,
  502: Code.Unavailable,
  503: Code.Unavailable,
  504: Code.Unavailable,
}

/** An answer that is none of gRPC. Null when it is one. */
export function httpFailure(status: number, contentType: string | undefined): GrpcStatus | null {
  const isGrpc = contentType !== undefined && /^application\/grpc([+;]|$)/i.test(contentType)
  if (status === 200 && isGrpc) return null
  const told = `unexpected HTTP status code received from server: ${status} (${STATUS_CODES[status] ?? ''})`
  const wrongType =
    contentType === undefined
      ? 'malformed header: missing HTTP content-type'
      : `transport: received unexpected content-type ${JSON.stringify(contentType)}`
  return failure(OF_HTTP_STATUS[status] ?? Code.Unknown, isGrpc ? told : `${told}; ${wrongType}`)
}

const OF_RESET: Readonly<Record<number, number>> = {
  5: Code.Unknown,
  [REFUSED_STREAM]: Code.Unavailable,
  [CANCEL]: Code.Canceled,
  11: Code.ResourceExhausted,
  12: Code.PermissionDenied,
}

/** The server has reset the stream. */
export function resetFailure(code: number): GrpcStatus {
  const message = `stream terminated by RST_STREAM with error code: ${resetName(code)}`
  return failure(OF_RESET[code] ?? Code.Internal, message)
}

export function resetName(code: number): string {
  return HTTP2_ERROR_NAMES[code] ?? `0x${code.toString(16)}`
}
