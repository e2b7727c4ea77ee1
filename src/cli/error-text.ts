/**
 * An error of the command line, or of the configuration file, as the user wants log lines. It may be the command line itself that
 * cannot be read, so `--log-format` is looked for, not parsed.
 */

import type { SockeyeError } from '../base/errors.js'
import { type Environment, lookUp } from '../config/layers.js'
import { parseLogFormat, withoutLog } from '../log/format.js'

/** `isWatched`: it goes to a terminal. */
export function errorText(error: SockeyeError, argv: readonly string[], env: Environment, isWatched: boolean): string {
  const format = formatAmong(argv) ?? lookUp(env, 'LOG_FORMAT')?.text
  return withoutLog(error, parseLogFormat(format), isWatched)
}

/** The last one counts, as everywhere. */
function formatAmong(argv: readonly string[]): string | undefined {
  const flag = '--log-format'
  const texts = argv.flatMap((token, i) => {
    if (token === flag) return argv[i + 1] ?? []
    return token.startsWith(`${flag}=`) ? token.slice(flag.length + 1) : []
  })
  return texts.at(-1)
}
