/**
 * Calls of `setup`, `teardown` and `handleSummary`, by the run itself and through the control API: one at a time. The data of setup is
 * kept here.
 *
 * Units  milliseconds; setup data is JSON
 */
import type { CallResult, LifecycleCall } from '../engine/calls.js'
import type { Engine } from '../engine/engine.js'

export class LifecycleCalls {
  /** Undefined while there is none. */
  setupData: string | undefined
  readonly #engine: Engine
  #last: Promise<unknown> = Promise.resolve()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  call(name: LifecycleCall['name'], argument: string | undefined, timeout: number): Promise<CallResult> {
    const result = this.#last.then(() => this.#engine.call({ name, argument, timeout }))
    this.#last = result
    return result
  }
}
