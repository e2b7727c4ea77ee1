/**
 * What happens when an instance is lost. The results that it has sent count. The rest of its part depends on the policy:
 *
 *   continue   nobody does it
 *   abort      the run ends
 *   replace    a free agent does it; nobody, when none is found in time
 *
 * When no instance is left, the run ends with any policy.
 */
import type { EngineEvents } from '../engine/engine.js'
import type { Log } from '../log/log.js'
import type { RemoteInstance } from './remote-instance.js'
import { giveUp, percent, type Slot, unreported, vacate } from './slot.js'

export type LostPolicy = 'continue' | 'abort' | 'replace'

export interface LossesOptions {
  readonly policy: LostPolicy
  readonly log: Log
  readonly onLost: EngineEvents['onLost']
  /** How many instances are left. */
  readonly living: () => number
  /** True when the run ends anyway, so that no replacement is needed. */
  readonly isStopping: () => boolean
  /** Gives the part to another agent; undefined when there is none. */
  readonly replace: (slot: Slot) => Promise<RemoteInstance | undefined>
  /** `3 s after the start` */
  readonly when: () => string
}

/** The last sentence about losses in the results. */
const ABOUT_RATES = 'rates are of what was done, over the whole time: the missing parts lower them'

export class Losses {
  readonly #options: LossesOptions
  readonly #told: string[] = []

  constructor(options: LossesOptions) {
    this.#options = options
  }

  /** Sentences for the results; empty without losses. */
  get stated(): readonly string[] {
    return this.#told.length === 0 ? [] : [...this.#told, ABOUT_RATES]
  }

  happen(slot: Slot, remote: RemoteInstance, reason: string): void {
    const past = vacate(slot, remote)
    const { log, policy, onLost, living, isStopping } = this.#options
    const part = `agent "${remote.name}"`
    if (slot.ended.isOpen) {
      log.warning(`${part} was lost after its part of the test: ${reason}`)
      return
    }
    const loss = this.#lossOf(slot, part, reason, past === undefined ? 0 : unreported(past))
    this.#told.push(loss)
    if (policy === 'replace' && !isStopping()) {
      log.warning(loss, { hint: 'another agent is looked for to go on with its part' })
      void this.#replace(slot)
      return
    }
    const isLast = living() === 0
    if (policy === 'abort' || isLast) onLost(part, isLast ? `${reason}; no instance is left` : reason)
    else {
      const hint =
        'what it had measured counts, and the run goes on without the rest; --on-lost abort or replace does otherwise'
      log.warning(loss, { hint })
    }
    giveUp(slot)
  }

  #lossOf(slot: Slot, part: string, reason: string, missing: number): string {
    const iterations = missing === 1 ? '1 iteration that it did is' : `${missing} iterations that it did are`
    const more = missing === 0 ? '' : `; ${iterations} not in the results`
    return `${part} with ${percent(slot.fraction)} of the test was lost ${this.#options.when()}: ${reason}${more}`
  }

  async #replace(slot: Slot): Promise<void> {
    const { log, onLost, living, isStopping, replace, when } = this.#options
    const part = `${percent(slot.fraction)} of the test`
    const remote = await replace(slot)
    if (remote !== undefined) {
      log.warning(`agent "${remote.name}" takes over ${part}; its virtual users begin anew`)
      this.#told.push(`agent "${remote.name}" took over ${part} ${when()}`)
      return
    }
    if (!isStopping()) log.warning(`no agent is free to take over ${part}`)
    giveUp(slot)
    if (living() === 0 && !isStopping()) {
      onLost('the last agent', 'no instance is left, and none can take its place')
    }
  }
}
