/**
 * What `ws.connect` returns.
 *
 * Source  docs/spec/sockets.md §2.4, §2.5
 */
import type { HandshakeResponse } from '../../net/websocket/handshake.js'

/** The fields have the order in which k6 lists them. */
export interface ConnectResponse {
  readonly url: string
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
  readonly error: string
}

/** For this failure k6 leaves `error` empty: the status says it. */
const BAD_HANDSHAKE = 'websocket: bad handshake'

export function sessionResponse(url: string, { status, headers, body }: HandshakeResponse): ConnectResponse {
  return { url, status, headers: { ...headers }, body, error: '' }
}

/** `response`: the server's answer, when it answered in HTTP. */
export function failureResponse(error: Error, response: HandshakeResponse | null): ConnectResponse {
  const text = error.message === BAD_HANDSHAKE ? '' : error.message
  if (response === null) return { url: '', status: 0, headers: {}, body: '', error: text }
  const { status, headers, body } = response
  return { url: '', status, headers: { ...headers }, body, error: text }
}
