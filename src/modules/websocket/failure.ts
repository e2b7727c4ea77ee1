/**
 * Why a handshake failed, in one or two words: the tag `reason` of the metric `ws_handshake_failures`.
 *
 * Source  docs/metrics.md
 */
import type { HandshakeResponse } from '../../net/websocket/handshake.js'

/** `response`: the server's answer, when it answered in HTTP. */
export function failureReason(error: Error, response: HandshakeResponse | null): string {
  if (response !== null) return response.status === 101 ? 'invalid response' : 'status'
  const code = (error as { code?: unknown }).code
  return (typeof code === 'string' && REASONS[code]) || 'connection'
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  ERR_DIAL_TIMEOUT: 'timeout',
  ERR_WEBSOCKET_TIMEOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ERR_BLOCKED_HOSTNAME: 'blocked',
  ERR_BLACKLISTED_IP: 'blocked',
  ERR_PROXY: 'proxy',
  ERR_TLS_HANDSHAKE: 'tls',
  ERR_WEBSOCKET_URL: 'invalid request',
  ERR_WEBSOCKET_HEADER: 'invalid request',
  ERR_WEBSOCKET_RESPONSE: 'invalid response',
}
