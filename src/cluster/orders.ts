/**
 * Sends the messages that all instances get in a run, and remembers them: an instance that replaces a lost one gets them, too.
 *
 * Units  milliseconds
 */
import { Pauses } from '../plan/pauses.js'
import type { ToInstance } from './protocol.js'
import type { RemoteInstance } from './remote-instance.js'
import type { Slot } from './slot.js'
import type { Timing } from './timing.js'

export type SetupData = Pick<Extract<ToInstance, { type: 'start' }>, 'setupData' | 'setupFile'>

export class Orders {
  readonly #slots: readonly Slot[]
  readonly #timing: Timing
  #begunAt: number | undefined
  #start: (SetupData & { readonly at: number }) | undefined
  readonly #pauses = new Pauses()
  /** The last message `scale` of each scenario. */
  readonly #scaled = new Map<number, ToInstance>()
  #end: ToInstance | undefined

  /** @param slots  the array of the run; slots may be added to it later */
  constructor(slots: readonly Slot[], timing: Timing) {
    this.#slots = slots
    this.#timing = timing
  }

  begin(): void {
    this.#begunAt = this.#timing.now()
    for (const slot of this.#slots) this.#sendBegin(slot)
  }

  /** Scenarios start on all instances after `lead` ms. */
  start(lead: number, setup: SetupData): void {
    this.#start = { ...setup, at: this.#timing.now() + lead }
    for (const slot of this.#slots) this.#sendStart(slot)
  }

  pause(): void {
    this.#pauses.begin(this.#elapsed)
    this.broadcast({ type: 'pause' })
  }

  resume(): void {
    this.#pauses.end(this.#elapsed)
    this.broadcast({ type: 'resume' })
  }

  scale(scenario: number, vus: number, maxVUs: number): void {
    const message: ToInstance = { type: 'scale', scenario, vus, maxVUs }
    this.#scaled.set(scenario, message)
    this.broadcast(message)
  }

  end(how: 'stop' | 'interrupt'): void {
    const message: ToInstance = { type: how }
    this.#end = message
    this.broadcast(message)
  }

  broadcast(message: ToInstance): void {
    for (const { remote } of this.#slots) remote?.send(message)
  }

  /** Sends an instance that has just become ready what the others have got. */
  catchUp(slot: Slot, remote: RemoteInstance): void {
    this.#sendBegin(slot)
    for (const scale of this.#scaled.values()) remote.send(scale)
    this.#sendStart(slot)
    if (this.#pauses.isPaused) remote.send({ type: 'pause' })
    if (this.#end !== undefined) remote.send(this.#end)
  }

  /** The present time in words: `3 s after the start`. */
  get moment(): string {
    if (this.#start === undefined) return 'before the start'
    return `${Math.round(this.#elapsed / 1000)} s after the start`
  }

  /** Milliseconds since scenarios began. */
  get #elapsed(): number {
    return this.#start === undefined ? 0 : Math.max(0, this.#timing.now() - this.#start.at)
  }

  #sendBegin({ remote, isReady }: Slot): void {
    if (this.#begunAt !== undefined && isReady) remote?.send({ type: 'begin', at: remote.theirs(this.#begunAt) })
  }

  #sendStart({ remote, isReady }: Slot): void {
    if (this.#start === undefined || remote === undefined || !isReady) return
    const { at, setupData, setupFile } = this.#start
    const pauses = this.#pauses.until(this.#elapsed)
    remote.send({ type: 'start', at: remote.theirs(at), pauses, setupData, setupFile })
  }
}
