/**
 * Writes an error of the command line or of the configuration file in the format that the user wants for the log. The command line may have
 * an error, so `--log-format` is looked for without parsing.
 */
import type { SockeyeError } from '../base/errors.js'
import { type Environment, lookUp } from '../config/layers.js'
import { parseLogFormat, withoutLog } from '../log/format.js'

/** `isWatched`: whether the text goes to a terminal. */
export function errorText(error: SockeyeError, argv: readonly string[], env: Environment, isWatched: boolean): string {
  const format = formatAmong(argv) ?? lookUp(env, 'LOG_FORMAT')?.text
  return withoutLog(error, parseLogFormat(format), isWatched)
}

/** The value of `--log-format`; the last one when there are several. */
function formatAmong(argv: readonly string[]): string | undefined {
  const flag = '--log-format'
  const texts = argv.flatMap((token, i) => {
    if (token === flag) return argv[i + 1] ?? []
    return token.startsWith(`${flag}=`) ? token.slice(flag.length + 1) : []
  })
  return texts.at(-1)
}
