/**
 * The errors of this folder. Messages have the wording of k6, which scripts compare; `code` is what our own code looks at.
 *
 * DialError           a connection could not be established; reaches the script, never ends the run
 * ConnectionError     an established connection failed while reading or writing
 * NetworkOptionError  an option is wrong; the test does not start
 */

import { SockeyeError } from '../base/errors.js'

/** Code of a DialError: an errno code (`ECONNREFUSED`, `ENOTFOUND`, …) or one of these. */
export type DialErrorCode =
  | 'ERR_BLOCKED_HOSTNAME'
  | 'ERR_BLACKLISTED_IP'
  | 'ERR_INVALID_PORT'
  | 'ERR_DIAL_TIMEOUT'
  | 'ERR_PROXY'
  | 'ERR_TLS_HANDSHAKE'
  | (string & {})

export class DialError extends Error {
  readonly code: DialErrorCode

  constructor(code: DialErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
DialError.prototype.name = 'DialError'

export class ConnectionError extends Error {
  /** An errno code, a TLS error code of Node, or `ERR_CLOSED` when this side closed the connection. */
  readonly code: string
  readonly operation: 'read' | 'write'

  /** `cause`: what Node said. */
  constructor(code: string, operation: 'read' | 'write', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.operation = operation
  }
}
ConnectionError.prototype.name = 'ConnectionError'

/** A wrong value of an option, for messages: `"x" (string)`. */
export function shown(value: unknown): string {
  return `${JSON.stringify(value)} (${typeof value})`
}

/** Exit codes of k6 for a wrong option: in the script's options, and in a flag. */
export type OptionExitCode = 104 | 255

export class NetworkOptionError extends SockeyeError {
  /** Name of the option as the user wrote it, for the place in the message. */
  readonly option: string

  constructor(option: string, message: string, hint?: string, exitCode: OptionExitCode = 104) {
    super({ code: 'ERR_INVALID_NETWORK_OPTION', message, exitCode, hint })
    this.option = option
  }
}
