/**
 * What to do about errors that scripts see. Their texts and properties are k6's, so the hint is kept beside them, and shows when an
 * exception is logged.
 */
const hints = new WeakMap<object, string>()

/** Gives the error back. */
export function withHint<T extends object>(error: T, hint: string): T {
  hints.set(error, hint)
  return error
}

export function hintOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? hints.get(error) : undefined
}
