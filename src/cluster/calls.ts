/**
 * Calls of setup, teardown and handleSummary, each on one instance.
 *
 * Errors  when the instance is lost meanwhile: after setup the run ends; teardown is not called again; handleSummary is called on another one
 */
import type { CallResult, LifecycleCall } from '../engine/calls.js'
import type { EngineEvents } from '../engine/engine.js'
import { Gate } from './gate.js'
import type { RemoteInstance } from './remote-instance.js'

export interface CallsOptions {
  /** An instance that is ready; undefined when there is none. */
  readonly choose: () => RemoteInstance | undefined
  readonly onLost: EngineEvents['onLost']
  readonly isClosing: () => boolean
}

export class Calls {
  readonly #options: CallsOptions
  #calling: { readonly remote: RemoteInstance; readonly result: Gate<CallResult | undefined> } | undefined

  constructor(options: CallsOptions) {
    this.#options = options
  }

  async call(call: LifecycleCall): Promise<CallResult> {
    const { choose, onLost, isClosing } = this.#options
    for (;;) {
      const remote = choose()
      if (remote === undefined) return { outcome: 'interrupted' }
      const result = await this.#callOn(remote, call)
      if (result !== undefined) return result
      if (isClosing()) return { outcome: 'interrupted' }
      if (call.name === 'setup') {
        onLost(`agent "${remote.name}"`, 'it was lost while it ran setup(), which runs once only')
      }
      // Only handleSummary can safely be called again: nobody knows how much of a teardown has been done.
      if (call.name !== 'handleSummary') return { outcome: 'interrupted' }
    }
  }

  /** The instance has returned a result, or is lost when `result` is undefined. */
  ended(remote: RemoteInstance, result: CallResult | undefined): void {
    if (this.#calling?.remote === remote) this.#calling.result.open(result)
  }

  /** Undefined when the instance was lost meanwhile. */
  async #callOn(remote: RemoteInstance, call: LifecycleCall): Promise<CallResult | undefined> {
    const result = new Gate<CallResult | undefined>()
    this.#calling = { remote, result }
    try {
      remote.send({ type: 'call', call })
      return await result.passed
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return { outcome: 'invalid', message: `${call.name}() cannot be called on another machine: ${error.message}` }
    } finally {
      this.#calling = undefined
    }
  }
}
