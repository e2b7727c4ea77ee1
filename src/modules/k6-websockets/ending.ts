/**
 * How a connection ended, as its `error` and `close` events tell it.
 *
 * k6        close codes other than 1000 and 1001 are errors; a connection that broke has code 1006, or the one that we have sent
 *           because of it; the close event has no code when there was no session
 * Standard  a close frame is no error, whatever its code; without one the code is 1006
 * Source    docs/spec/sockets.md §3.5; WebSockets Standard §4
 */
import { CLOSE_ABNORMAL, CLOSE_GOING_AWAY, CLOSE_NORMAL, closeText } from '../../net/websocket/close-code.js'
import type { HandshakeResponse } from '../../net/websocket/handshake.js'
import type { SessionEnd } from '../../net/websocket/listener.js'
import { describe } from '../../vu/host-error.js'

export interface Ending {
  /** Text of the error event; null for none. */
  readonly error: string | null
  /** The same in more detail, where there is any. */
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

/** There was no session. `response` when the server answered in HTTP. */
export function failureOf(error: Error, response: HandshakeResponse | null, isStandard: boolean): Ending {
  return {
    ...ending(error.message, isStandard ? CLOSE_ABNORMAL : undefined, '', false),
    message: error.message + detail(response),
  }
}

/** The script threw in a listener, which drops the connection. */
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
