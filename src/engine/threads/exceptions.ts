/**
 * Exceptions of the script: how the log shows them, and how they are told from faults of sockeye.
 *
 * Source  docs/spec/sockets.md §4.5, docs/spec/runner.md §4.6
 */
import { fileURLToPath } from 'node:url'
import { placeInStack } from '../../base/errors.js'
import { formatConsoleArguments } from '../../log/console-format.js'
import { ConnectionError, DialError } from '../../net/errors.js'
import { placeOfThrow } from '../../pausable/runtime/thrown.js'
import type { PositionMapper } from '../../script/positions.js'
import { userFrames } from './error-stacks.js'

export interface ExceptionText {
  /** The error and its stack, for the log. */
  readonly text: string
  /** The message of the error, without its stack. */
  readonly message: string
  /** `file:line:column` of the innermost frame in the user's files; empty when there is none. */
  readonly place: string
}

export function describeException(error: unknown, isRejection: boolean, positions: PositionMapper): ExceptionText {
  const frames = framesOf(error, positions)
  const causes = causesOf(error)
  const message = [asString(error), ...causes].join(', caused by ')
  const lines = [
    asString(error),
    ...frames.map((line) => `\tat ${line}`),
    ...causes.map((cause) => `\tcaused by ${cause}`),
  ].join('\n')
  const text = isRejection ? `Uncaught (in promise) ${lines}` : lines
  return { text, message, place: placeInStack(frames.join('\n')) }
}

const MOST_CAUSES = 3

/** The causes of an error: its `cause`, the `cause` of that one, and so on; or the errors of an AggregateError. */
function causesOf(error: unknown): string[] {
  const causes: string[] = []
  for (let inner = causeOf(error); inner !== undefined && causes.length < MOST_CAUSES; inner = causeOf(inner.value)) {
    causes.push(inner.text)
  }
  return causes
}

function causeOf(error: unknown): { readonly value: unknown; readonly text: string } | undefined {
  try {
    if (!(error instanceof Error)) return undefined
    if (error instanceof AggregateError && Array.isArray(error.errors) && error.errors.length > 0) {
      const { errors } = error
      const more = errors.length > MOST_CAUSES ? ` and ${errors.length - MOST_CAUSES} more` : ''
      return { value: undefined, text: errors.slice(0, MOST_CAUSES).map(asString).join(' and ') + more }
    }
    return error.cause === undefined ? undefined : { value: error.cause, text: asString(error.cause) }
  } catch {
    // A getter of the script's own error class can throw.
    return undefined
  }
}

/** The place in the script that is running: the innermost frame in the user's files, `name (file:line:column)`. */
export function callerInScript(positions: PositionMapper): string | undefined {
  return userFrames(new Error(), positions).map(withoutAt).find(isInFile)
}

function framesOf(error: unknown, positions: PositionMapper): string[] {
  const own = userFrames(error, positions)
  const thrown = own.length > 0 ? undefined : placeOfThrow(error)
  return (thrown === undefined ? own : userFrames(thrown, positions)).map(withoutAt)
}

function withoutAt(line: string): string {
  return line.trim().slice('at '.length)
}

function isInFile(frame: string): boolean {
  return /:\d+:\d+\)?$/.test(frame)
}

/** V8 names an imported object by its name in the compiled program: `$$m0.vu.nothing is not a function`. */
const MODULE_VARIABLE = /\$\$(\d+_)?m\d+\.(?=\w)/g

/** The text of an error; for other objects their content: `{ code: 7 }`. */
function asString(error: unknown): string {
  if (typeof error === 'string') return error
  try {
    const text = String(error)
    if (/^\[object \w+\]$/.test(text)) return formatConsoleArguments([error])
    return text.replace(MODULE_VARIABLE, '')
  } catch {
    return formatConsoleArguments([error])
  }
}

/** The folder of sockeye's own files, as frames of a stack name it. */
const OWN_FRAMES = fileURLToPath(new URL('.', import.meta.url))

/** True for failures of the network: sockeye creates these errors, but the target is the reason. */
function isOfTarget(error: Error): boolean {
  return error instanceof DialError || error instanceof ConnectionError || 'syscall' in error
}

/** True for what the script or a package of it has thrown; false for a fault of sockeye. */
export function isOfScript(error: unknown, positions: PositionMapper): boolean {
  if (!(error instanceof Error) || isOfTarget(error)) return true
  const stack = error.stack ?? ''
  return positions.isOfScript(stack) || !stack.includes(OWN_FRAMES)
}
