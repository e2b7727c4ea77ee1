/** Errors of runs on several machines: of agents, and of NATS. */
import { SockeyeError } from '../base/errors.js'

/** The exit code for a wrong command line, because nothing has run yet. */
const USAGE = 255

export class ClusterError extends SockeyeError {
  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super({ code, message, hint, exitCode: USAGE, cause })
  }
}
