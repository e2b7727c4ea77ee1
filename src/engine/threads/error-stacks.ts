/**
 * `error.stack` as scripts and the log read it: in the user's own files. A call in the script takes up to four frames of the
 * compiled program, so V8 keeps more of them than the ten that it would show.
 */
import { SHARED_FILES } from '../../node/catalog.js'
import { type PositionMapper, PROGRAM_FILE } from '../../script/positions.js'

const KEPT_FRAMES = 50
const SHOWN_FRAMES = 10

/** From now on stacks of this thread that lead through the compiled program are the user's; others stay as they are. */
export function installErrorStacks(positions: () => PositionMapper): void {
  Error.stackTraceLimit = KEPT_FRAMES
  Error.prepareStackTrace = (error: object, frames: readonly object[]) => {
    const stack = [headOf(error), ...frames.map((frame) => `    at ${frame}`)].join('\n')
    return stack.includes(`${PROGRAM_FILE}:`) || stack.includes(`${SHARED_FILES}:`)
      ? shortened(positions().mapStack(stack))
      : stack
  }
}

/** The stack of an error in the user's files, without its head: `    at name (file:line:column)`. */
export function userFrames(error: unknown, positions: PositionMapper): string[] {
  const stack = stackOf(error)
  if (stack === undefined) return []
  // It is in the user's files already, unless the script makes its stacks itself, or nothing of the script is in it.
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

/** What the language puts first: name and message, which may come from code of the script that fails. */
function headOf(error: object): string {
  try {
    return errorText.call(error)
  } catch {
    return '<error>'
  }
}
