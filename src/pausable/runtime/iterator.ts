/**
 * An iterator whose methods may pause: a generator of the script, or an object with methods of the script. Loops, spreads and `yield*` in
 * pausable code use it, and it is closed as the language closes it.
 */
import { type Body, mark, RETURN, takeReturned, YIELD } from './marks.js'
import { PAUSE, type Twin } from './pause.js'

export type Mode = 'next' | 'return' | 'throw'

/** Calls a method of an iterator in its pausable form, if it has one. */
export function* callMethod(iterator: any, mode: Mode, value: unknown): Twin {
  const method = iterator[mode]
  return method?.[PAUSE] ? yield* method[PAUSE].call(iterator, value) : iterator[mode](value)
}

export function assertResult(result: unknown): IteratorResult<unknown> {
  if (result !== null && typeof result === 'object') return result as IteratorResult<unknown>
  throw new TypeError(`Iterator result ${String(result)} is not an object`)
}

/**
 *   open ── advance() ──► open, with the next `value`
 *   open ── advance(): it has ended or failed ──► done
 *   open ── close(), abandon(): `return()` is called ──► done
 */
export class IteratorSteps {
  value: unknown = undefined
  protected readonly iterator: any
  #isDone = false

  constructor(iterator: unknown) {
    this.iterator = iterator
  }

  /** Gives what the method of the iterator gives, `{ value, done }`. */
  *call(mode: Mode, value: unknown): Body {
    return assertResult(yield* callMethod(this.iterator, mode, value))
  }

  /** @returns whether it is over */
  *advance(): Generator<any, boolean, unknown> {
    // When `next()` throws, the language does not call `return()`.
    this.#isDone = true
    const result = (yield* this.call('next', undefined)) as IteratorResult<unknown>
    this.#isDone = result.done === true
    this.value = this.#isDone ? undefined : result.value
    return this.#isDone
  }

  has(mode: Mode): boolean {
    const method = this.iterator[mode]
    return method !== undefined && method !== null
  }

  /** The loop was left early. */
  *close(): Body {
    if (this.#isDone) return undefined
    this.#isDone = true
    yield* this.callReturn()
    return undefined
  }

  protected *callReturn(): Body {
    if (this.has('return')) yield* this.call('return', undefined)
    return undefined
  }

  /** The body of the loop has thrown. Its error counts; an error of closing is ignored. */
  *abandon(): Body {
    try {
      yield* this.close()
    } catch {
      // as the language says
    }
    return undefined
  }

  /**
   * `yield*`. When the outer generator is being closed, the inner one is closed first, which may pause or give more values; then the mark
   * RETURN asks for the outer one to be closed with the inner one's value.
   */
  *delegate(): Body {
    let mode: Mode = 'next'
    let value: unknown
    for (;;) {
      if (mode !== 'next' && !this.has(mode)) {
        if (mode === 'throw') yield* this.#refuseThrow()
        yield mark(RETURN, value)
      }
      const result = (yield* this.call(mode, value)) as IteratorResult<unknown>
      if (result.done && mode === 'return') yield mark(RETURN, result.value)
      if (result.done) return result.value
      let isReturned = true
      try {
        value = yield mark(YIELD, result.value)
        isReturned = false
        mode = 'next'
      } catch (error) {
        isReturned = false
        value = error
        mode = 'throw'
      } finally {
        if (isReturned) {
          value = takeReturned()
          mode = 'return'
          // biome-ignore lint/correctness/noUnsafeFinally: the inner generator may go on instead of closing
          // biome-ignore lint/complexity/noUselessContinue: without it the outer generator would be closed at once
          continue
        }
      }
    }
  }

  /** An iterator without `throw` is closed, and the outer generator gets an error of its own. */
  *#refuseThrow(): Body {
    yield* this.close()
    throw new TypeError("The iterator does not provide a 'throw' method.")
  }
}
