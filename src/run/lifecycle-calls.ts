/**
 * Calls of `setup`, `teardown` and `handleSummary`, by the run itself and through the control API, one at a time; and the data that setup
 * returned.
 *
 * Units  milliseconds; setup data is JSON
 */
import type { CallResult, LifecycleCall } from '../engine/calls.js'
import type { Engine } from '../engine/engine.js'

export class LifecycleCalls {
  /** What setup returned; undefined while there is nothing. */
  setupData: string | undefined
  readonly #engine: Engine
  #last: Promise<unknown> = Promise.resolve()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  call(name: LifecycleCall['name'], argument: string | undefined, timeout: number): Promise<CallResult> {
    const call = (): Promise<CallResult> => this.#engine.call({ name, argument, timeout })
    const result = this.#last.then(call, call)
    this.#last = result
    return result
  }
}
