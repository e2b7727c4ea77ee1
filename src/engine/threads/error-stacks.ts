/**
 * Makes `error.stack` name lines of the user's files instead of lines of the compiled program. One call in the script takes up to four frames
 * of the compiled program, so V8 has to keep more than its usual ten frames.
 */
import { SHARED_FILES } from '../../node/catalog.js'
import { type PositionMapper, PROGRAM_FILE } from '../../script/positions.js'

const KEPT_FRAMES = 50
const SHOWN_FRAMES = 10

/** Changes the stacks of this thread that contain frames of the compiled program; other stacks stay as they are. */
export function installErrorStacks(positions: () => PositionMapper): void {
  Error.stackTraceLimit = KEPT_FRAMES
  Error.prepareStackTrace = (error: object, frames: readonly object[]) => {
    const stack = [headOf(error), ...frames.map((frame) => `    at ${frame}`)].join('\n')
    return stack.includes(`${PROGRAM_FILE}:`) || stack.includes(`${SHARED_FILES}:`)
      ? shortened(positions().mapStack(stack))
      : stack
  }
}

/** The frames of an error's stack, in the user's files: `    at name (file:line:column)`. */
export function userFrames(error: unknown, positions: PositionMapper): string[] {
  const stack = stackOf(error)
  if (stack === undefined) return []
  // Usually the stack is mapped already. It is not when the script has its own Error.prepareStackTrace.
  return shortened(positions.mapStack(stack)).split('\n').filter(isFrame)
}

function stackOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  try {
    const { stack } = error as { stack?: unknown }
    return typeof stack === 'string' ? stack : undefined
  } catch {
    return undefined
  }
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line)
}

function shortened(stack: string): string {
  let frames = 0
  return stack
    .split('\n')
    .filter((line) => !isFrame(line) || ++frames <= SHOWN_FRAMES)
    .join('\n')
}

const errorText = Error.prototype.toString

/** The first line of a stack: name and message. A getter of the script that makes them may throw. */
function headOf(error: object): string {
  try {
    return errorText.call(error)
  } catch {
    return '<error>'
  }
}
