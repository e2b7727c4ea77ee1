/**
 * A generator that ran to its first pause already, where there was no generator to yield that pause to. `yield*` over this object
 * begins with that pause and then goes on with the generator.
 */
import type { Body } from './marks.js'

type Step = IteratorResult<unknown, unknown>

export class Started {
  private readonly body: Body
  private first: Step | undefined

  constructor(body: Body, first: Step) {
    this.body = body
    this.first = first
  }

  [Symbol.iterator](): this {
    return this
  }

  next(value: unknown): Step {
    const first = this.first
    if (first === undefined) return this.body.next(value)
    this.first = undefined
    return first
  }

  throw(error: unknown): Step {
    return this.body.throw(error)
  }

  return(value: unknown): Step {
    return this.body.return(value)
  }
}
