/**
 * The base of every error a user can cause. People match on `code`; `docs/errors.md` lists them all.
 */
export interface SockeyeErrorOptions {
  /** Stable name, `ERR_…`. */
  readonly code: string
  /** What was wrong, with the value received. */
  readonly message: string
  /** Exit code of the process when this ends the run. */
  readonly exitCode: number
  /** What to do about it. */
  readonly hint?: string
  readonly cause?: unknown
}

export class SockeyeError extends Error {
  readonly code: string
  readonly exitCode: number
  readonly hint: string | undefined

  constructor(options: SockeyeErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = options.code
    this.exitCode = options.exitCode
    this.hint = options.hint
  }
}

const FRAME_IN_FILE = /^\s*(?:at )?(?:async )?(?:.* \()?([^()\n]+:\d+:\d+)\)?$/gm

/**
 * Where the innermost frame of the user's own files stands, `file:line:column`; the innermost of a package when there is no other.
 * Empty when no frame has a position.
 */
export function placeInStack(stack: string): string {
  const places = Array.from(stack.matchAll(FRAME_IN_FILE), ([, place]) => place as string)
  return places.find((place) => !/(^|\/)node_modules\//.test(place)) ?? places[0] ?? ''
}

/** A text with its numbers (and long hexadecimal ones, such as ids) left out: equal for messages of one kind. */
export function withoutNumbers(text: string): string {
  return text.replace(/\b[0-9a-f]{8,}\b|\d+/g, '#')
}
