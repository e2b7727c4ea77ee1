/** What can be wrong with the machines of a run, and what carries their messages. */
import { SockeyeError } from '../base/errors.js'

/** As a wrong command line: nothing has run yet. */
const USAGE = 255

export class ClusterError extends SockeyeError {
  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super({ code, message, hint, exitCode: USAGE, cause })
  }
}
