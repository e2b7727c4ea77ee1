/**
 * VUs that loop in numbered slots. At each moment a number of slots is wanted: those with the lowest numbers.
 *
 * States of a slot
 *   empty    ── wanted ──► waiting ── a VU is there ──► looping
 *   looping  ── not wanted ──► stopping          (its iteration may take the grace that was given, then it is interrupted)
 *   stopping ── wanted again ──► looping         (the same VU goes on)
 *   stopping ── its iteration has ended ──► empty
 *
 * Units  milliseconds
 */
import type { Timer } from '../vu/timer-queue.js'
import type { ScenarioRun } from './scenario-run.js'
import type { ScenarioVu } from './scenario-vu.js'
import type { VuWait } from './vu-wait.js'

interface Slot {
  vu: ScenarioVu | null
  wait: VuWait | null
  /** Interrupts the iteration of a slot that is not wanted any more. */
  limit: Timer | null
}

export class VuSlots {
  readonly #run: ScenarioRun
  readonly #slots: Slot[] = []
  #wanted = 0

  constructor(run: ScenarioRun) {
    this.#run = run
  }

  /** Those that are not wanted any more finish their iteration within `grace`; Infinity lets them. */
  want(count: number, grace: number): void {
    const before = this.#wanted
    this.#wanted = count
    this.#run.host.counters.setLevel(this.#run.index, count)
    for (let i = before; i < count; i++) this.#fill(i)
    for (let i = before - 1; i >= count; i--) this.#release(this.#slots[i] as Slot, grace)
  }

  /** The run is being stopped, and gives grace itself. */
  close(): void {
    this.#wanted = 0
  }

  iterationEnded(vu: ScenarioVu): void {
    const slot = this.#slots[vu.slot]
    if (slot?.vu !== vu) return
    if (vu.slot < this.#wanted) this.#iterate(vu)
    else this.#empty(slot)
  }

  #fill(index: number): void {
    this.#slots[index] ??= { vu: null, wait: null, limit: null }
    const slot = this.#slots[index] as Slot
    this.#liftLimit(slot)
    if (slot.vu !== null) return
    const wait = this.#run.activate(index, (vu) => {
      slot.wait = null
      slot.vu = vu
      this.#iterate(vu)
    })
    if (slot.vu === null) slot.wait = wait
  }

  #release(slot: Slot, grace: number): void {
    const { vu, wait } = slot
    if (wait !== null) {
      slot.wait = null
      this.#run.cancelWait(wait)
    } else if (!vu?.isBusy) {
      this.#empty(slot)
    } else if (grace === 0) {
      this.#run.interruptVu(vu)
    } else if (grace !== Number.POSITIVE_INFINITY) {
      slot.limit = this.#run.after(grace, () => this.#run.interruptVu(vu))
    }
  }

  #iterate(vu: ScenarioVu): void {
    const { host, index } = this.#run
    const number = host.counters.takeNumber(index)
    vu.iterate(number, host.numberInTest(index, number))
  }

  #empty(slot: Slot): void {
    const { vu } = slot
    this.#liftLimit(slot)
    slot.vu = null
    if (vu !== null) this.#run.deactivate(vu)
  }

  #liftLimit(slot: Slot): void {
    if (slot.limit !== null) this.#run.cancel(slot.limit)
    slot.limit = null
  }
}
