/**
 * The errors that built-in modules throw into scripts. Scripts written for k6 look at `name`, `message` and `value.error()`.
 *
 * Source  docs/spec/sockets.md §0, "Host error"
 */
export class HostError extends Error {
  /** The only enumerable property, as in k6. */
  readonly value: { error(): string }

  constructor(message: string) {
    super(message)
    this.value = { error: () => message }
  }

  override toString(): string {
    return `GoError: ${this.message}`
  }
}
// On the prototype, so that it is not an own enumerable property of every error.
Object.defineProperty(HostError.prototype, 'name', { value: 'GoError', writable: true, configurable: true })

/** For an argument of the wrong JavaScript type; `position` counts from 0. */
export function conversionError(position: number, value: unknown, wanted: string): TypeError {
  return new TypeError(
    `could not convert function call parameter ${position}: could not convert ${describe(value)} to ${wanted}`,
  )
}

/** Any value as text, also one that has none: a symbol, an object whose `toString` throws. */
export function describe(value: unknown): string {
  try {
    return String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** Unwinds the script after `exec.test.abort()`. The VU is interrupted right after, so a script that catches it gains nothing. */
export class TestAborted extends Error {
  constructor(message: string) {
    super(message === '' ? 'test aborted' : `test aborted: ${message}`)
  }
}
