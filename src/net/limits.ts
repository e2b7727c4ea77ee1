/**
 * The options that bound what a connection may take: `connectTimeout`, `handshakeTimeout`, `closeTimeout`, `maxMessageSize`; for a
 * test, and over that for one call.
 *
 * Shape   durations as `"10s"` or milliseconds, sizes as bytes; 0 is no limit
 * Errors  NetworkOptionError among the options, a plain message from limitsOfCall
 */
import { parseDuration } from '../base/duration.js'
import { NetworkOptionError, shown } from './errors.js'

export interface SocketLimits {
  /** For the resolution of a name, and for TCP with the tunnel of a proxy, each. */
  readonly connectMs: number
  /** For the TLS handshake; for a WebSocket from the dial to its server's answer. */
  readonly handshakeMs: number
  /** For the answer to a WebSocket's close frame. */
  readonly closeMs: number
  /** Of a WebSocket message, after decompression. */
  readonly maxMessageBytes: number
}

export const DEFAULT_LIMITS: SocketLimits = {
  connectMs: 30_000,
  handshakeMs: 60_000,
  closeMs: 5_000,
  maxMessageBytes: 256 * 1024 * 1024,
}

/** V8 makes no longer buffers and strings out of a message. */
const MOST_MESSAGE_BYTES = 2 ** 29 - 24

export const LIMIT_OPTIONS = ['connectTimeout', 'handshakeTimeout', 'closeTimeout', 'maxMessageSize'] as const

export type RawLimits = { readonly [name in (typeof LIMIT_OPTIONS)[number]]?: unknown }

/** Undefined and null leave what `base` says. */
export function parseLimits(raw: RawLimits, base: SocketLimits = DEFAULT_LIMITS): SocketLimits {
  return {
    connectMs: timeLimit('connectTimeout', raw, base.connectMs),
    handshakeMs: timeLimit('handshakeTimeout', raw, base.handshakeMs),
    closeMs: timeLimit('closeTimeout', raw, base.closeMs),
    maxMessageBytes: sizeLimit(raw.maxMessageSize, base.maxMessageBytes),
  }
}

/** Those of a call; nearly every call has none. Throws a NetworkOptionError. */
export function limitsOfCall(params: object, base: SocketLimits): SocketLimits {
  return LIMIT_OPTIONS.some((name) => name in params) ? parseLimits(params as RawLimits, base) : base
}

function timeLimit(name: keyof RawLimits, raw: RawLimits, otherwise: number): number {
  const value = raw[name]
  if (value === undefined || value === null) return otherwise
  const ms = parseDuration(value)
  if (ms === undefined || ms < 0) {
    throw new NetworkOptionError(name, `${name} must be a duration, got ${shown(value)}`, `for example ${name}: '10s'`)
  }
  return ms === 0 ? Number.POSITIVE_INFINITY : ms
}

function sizeLimit(value: unknown, otherwise: number): number {
  if (value === undefined || value === null) return otherwise
  const bytes = Number(value)
  if (!Number.isInteger(bytes) || bytes < 0) {
    const hint = 'for example maxMessageSize: 1048576 for one MiB'
    throw new NetworkOptionError(
      'maxMessageSize',
      `maxMessageSize must be a number of bytes, got ${shown(value)}`,
      hint,
    )
  }
  return bytes === 0 ? MOST_MESSAGE_BYTES : Math.min(bytes, MOST_MESSAGE_BYTES)
}
