/**
 * What can go wrong with the control API and its clients.
 *
 * Errors  ApiError: ERR_API_ADDRESS and ERR_API_LISTEN (exit 106, the server cannot start); ERR_API_UNREACHABLE, ERR_API_REFUSED
 *         and ERR_API_ANSWER (exit 255, a client got no answer, a refusal, or nonsense)
 */
import { SockeyeError } from '../base/errors.js'

const CANNOT_START = 106
const OTHER = 255

export class ApiError extends SockeyeError {
  static badAddress(text: string): ApiError {
    return new ApiError({
      code: 'ERR_API_ADDRESS',
      message: `the address of the control API must be host:port, got ${JSON.stringify(text)}`,
      hint: 'host:port, for example localhost:6565; :6565 stands for every address of the machine',
      exitCode: CANNOT_START,
    })
  }

  static cannotListen(text: string, cause: NodeJS.ErrnoException): ApiError {
    return new ApiError({
      code: 'ERR_API_LISTEN',
      message: `Error from API server: cannot listen on ${text}: ${cause.message}`,
      hint:
        cause.code === 'EADDRINUSE'
          ? 'another program, perhaps another run, has this port: choose another one with --address'
          : 'choose another address with --address',
      exitCode: CANNOT_START,
      cause,
    })
  }

  static unreachable(text: string, cause: NodeJS.ErrnoException): ApiError {
    const reason = cause.code === 'ECONNREFUSED' ? 'connection refused' : cause.message || cause.code
    return new ApiError({
      code: 'ERR_API_UNREACHABLE',
      message: `no test can be reached at ${text}: ${reason}`,
      hint: `a test can be reached when it was started with --address: sockeye run --address ${text} script.ts. For a test with another address, give that: --address HOST:PORT`,
      exitCode: OTHER,
      cause,
    })
  }

  static refused(reason: string): ApiError {
    return new ApiError({ code: 'ERR_API_REFUSED', message: reason, exitCode: OTHER })
  }

  static badAnswer(text: string, what: string): ApiError {
    return new ApiError({
      code: 'ERR_API_ANSWER',
      message: `what answers at ${text} is not a test: ${what}`,
      hint: 'say where the test is with --address',
      exitCode: OTHER,
    })
  }
}
