/**
 * What `ws.connect` returns.
 *
 * Source  docs/spec/sockets.md §2.4, §2.5
 */
import type { HandshakeResponse } from '../../net/websocket/handshake.js'

/** The fields in the order in which scripts find them. */
export interface ConnectResponse {
  readonly url: string
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
  readonly error: string
}

/** k6 shows this failure through the status alone. */
const BAD_HANDSHAKE = 'websocket: bad handshake'

export function sessionResponse(url: string, { status, headers, body }: HandshakeResponse): ConnectResponse {
  return { url, status, headers: { ...headers }, body, error: '' }
}

/** `response` if the server answered in HTTP. */
export function failureResponse(error: Error, response: HandshakeResponse | null): ConnectResponse {
  const text = error.message === BAD_HANDSHAKE ? '' : error.message
  if (response === null) return { url: '', status: 0, headers: {}, body: '', error: text }
  const { status, headers, body } = response
  return { url: '', status, headers: { ...headers }, body, error: text }
}
