/**
 * An exception of the script as the log shows it: the text of the error and the stack in the user's own files.
 *
 * Source  docs/spec/sockets.md §4.5, docs/spec/runner.md §4.6
 */
import type { PositionMapper } from '../../script/positions.js'
import { userFrames } from './error-stacks.js'

export function describeException(error: unknown, isRejection: boolean, positions: PositionMapper): string {
  const text = withStack(error, positions)
  return isRejection ? `Uncaught (in promise) ${text}` : text
}

/** The language names an imported object by the text of the compiled program: `$$m0.vu.nothing is not a function`. */
const MODULE_VARIABLE = /\$\$(\d+_)?m\d+\.(?=\w)/g

function withStack(error: unknown, positions: PositionMapper): string {
  const frames = userFrames(error, positions).map((line) => `\tat ${line.trim().slice('at '.length)}`)
  return [asString(error), ...frames].join('\n')
}

function asString(error: unknown): string {
  try {
    return String(error).replace(MODULE_VARIABLE, '')
  } catch {
    return Object.prototype.toString.call(error)
  }
}
