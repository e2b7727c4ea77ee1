/**
 * `error.stack` as the script reads it: positions in the user's files, and no frame of sockeye's, as in the log.
 *
 * V8 makes the text when the property is first read, so errors that nobody looks into cost nothing.
 */
import { type PositionMapper, PROGRAM_FILE } from '../script/positions.js'

/** Of a function that has paused there are up to four frames of its generators, which are not shown. */
const FRAMES = 40

export function showScriptStacks(positions: () => PositionMapper): void {
  Error.stackTraceLimit = FRAMES
  Error.prepareStackTrace = (error, frames) => {
    const stack = [headline(error), ...frames.map((frame) => `    at ${frame}`)].join('\n')
    return stack.includes(`${PROGRAM_FILE}:`) ? positions().mapStack(stack) : stack
  }
}

function headline(error: unknown): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return '<error>'
  }
}
