/**
 * The end of a connection, as its `error` and `close` events describe it.
 *
 * k6        close codes other than 1000 and 1001 are errors. A connection that ends without a close frame of the server has the code 1006, or after a
 *           violation the code that we have sent. The close event has no code when the handshake failed
 * Standard  a close frame is never an error, whatever its code; without a close frame the code is 1006
 * Source    docs/spec/sockets.md §3.5; WebSockets Standard §4
 */
import { CLOSE_ABNORMAL, CLOSE_GOING_AWAY, CLOSE_NORMAL, closeText } from '../../net/websocket/close-code.js'
import type { HandshakeResponse } from '../../net/websocket/handshake.js'
import type { SessionEnd } from '../../net/websocket/listener.js'
import { describe } from '../../vu/host-error.js'

export interface Ending {
  /** Text of the error event; null when there is no such event. */
  readonly error: string | null
  /** The same text, with more detail for some errors. */
  readonly message: string
  readonly code: number | undefined
  readonly reason: string
  readonly wasClean: boolean
}

const EOF_TEXT = 'unexpected EOF'
const NO_ANSWER_TEXT = 'no answer to the close frame'

export function endingOf(end: SessionEnd, isStandard: boolean): Ending {
  switch (end.cause) {
    case 'close-frame': {
      const isError = !isStandard && end.code !== CLOSE_NORMAL && end.code !== CLOSE_GOING_AWAY
      return ending(isError ? closeText(end.code, end.reason) : null, end.code, end.reason, true)
    }
    case 'end':
      return isStandard
        ? ending(null, CLOSE_ABNORMAL, '', false)
        : ending(closeText(CLOSE_ABNORMAL, EOF_TEXT), CLOSE_ABNORMAL, EOF_TEXT, false)
    case 'no-answer':
      return ending(isStandard ? null : closeText(CLOSE_ABNORMAL, NO_ANSWER_TEXT), CLOSE_ABNORMAL, '', false)
    case 'violation':
      return isStandard
        ? ending(`protocol violation: ${end.reason}`, CLOSE_ABNORMAL, '', false)
        : ending(`websocket: ${end.reason}`, end.code, '', false)
    case 'read-error':
    case 'write-error':
      return ending(end.error.message, CLOSE_ABNORMAL, '', false)
    default:
      return end satisfies never
  }
}

/** For a handshake that failed. `response`: the server's answer, when it answered in HTTP. */
export function failureOf(error: Error, response: HandshakeResponse | null, isStandard: boolean): Ending {
  return {
    ...ending(error.message, isStandard ? CLOSE_ABNORMAL : undefined, '', false),
    message: error.message + detail(response),
  }
}

/** For a listener of the script that has thrown, which ends the connection. */
export function droppedBy(error: unknown, isStandard: boolean): Ending {
  return ending(describe(error), isStandard ? CLOSE_ABNORMAL : undefined, '', false)
}

function ending(error: string | null, code: number | undefined, reason: string, wasClean: boolean): Ending {
  return { error, message: error ?? '', code, reason, wasClean }
}

function detail(response: HandshakeResponse | null): string {
  if (response === null || response.status === 101) return ''
  const location = response.headers['Location']
  return response.status >= 300 && response.status < 400 && location !== undefined
    ? `: the server redirects (HTTP ${response.status}) to ${location}; handshakes do not follow redirects, use that address`
    : `: the server answered HTTP ${response.status} instead of 101`
}
