/**
 * A machine that waits for runs. It answers coordinators that look for agents, accepts the claim of one, and runs its part of the test.
 *
 *   idle ── claim ──► claimed: refuses other claims ── the instance has ended ──► idle
 *   leave() ──► answers no more; a running instance ends
 */
import type { Log } from '../log/log.js'
import type { CreateEngine } from '../run/create-engine.js'
import { Hub } from './hub.js'
import { Instance } from './instance.js'
import type { Keep } from './kept-results.js'
import { decodeHail } from './message-codec.js'
import { AGENTS_SUBJECT, type AgentCard, type Hail, PROTOCOL, runSubject } from './protocol.js'
import type { Timing } from './timing.js'
import type { Transport } from './transport.js'

export interface AgentOptions {
  readonly transport: Transport
  readonly timing: Timing
  /** The fields of the card that do not change. */
  readonly card: Omit<AgentCard, 'descriptors' | 'protocol' | 'isBusy' | 'wallClock'>
  /** How many more files this process may open at the moment. */
  readonly descriptors: () => number | null
  readonly createEngine: CreateEngine
  readonly keep: Keep
  readonly log: Log
  /** Called when the agent is free again after a run. */
  readonly onFree?: () => void
}

export class Agent {
  readonly #options: AgentOptions
  readonly #hub: Hub
  readonly #unsubscribe: () => void
  /** Links of runs that have ended: a late copy of their claim must not begin the run again. */
  readonly #past = new Set<string>()
  #instance: Instance | undefined
  #isLeaving = false

  constructor(options: AgentOptions) {
    this.#options = options
    const { transport, timing, card } = options
    this.#hub = new Hub({ transport, timing, side: 'agent', id: card.id, onHail: (hail) => this.#hear(hail) })
    this.#unsubscribe = transport.subscribe(AGENTS_SUBJECT, (payload) => this.#hearAll(payload))
  }

  get isBusy(): boolean {
    return this.#instance !== undefined
  }

  /** Lets running iterations finish, then ends the agent. A second call interrupts the iterations. */
  async leave(): Promise<void> {
    if (this.#isLeaving) return this.#instance?.hurry()
    this.#isLeaving = true
    this.#unsubscribe()
    await this.#instance?.leave()
    this.#hub.end()
  }

  #hearAll(payload: Uint8Array): void {
    try {
      this.#hear(decodeHail(payload))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }

  #hear(hail: Hail): void {
    switch (hail.type) {
      case 'discover':
        if (!this.#isLeaving) this.#hub.hail(runSubject(hail.replyTo), { type: 'here', card: this.#card() })
        return
      case 'claim':
        return this.#claimed(hail)
      case 'gone':
        if (hail.link === this.#instance?.link) this.#instance.forsake()
        return
      default:
      // The other hails are for coordinators.
    }
  }

  /** Answers a claim. The same claim may come twice, and is answered twice. */
  #claimed({ link, replyTo, protocol }: Extract<Hail, { type: 'claim' }>): void {
    const isFree = this.#instance === undefined && !this.#isLeaving
    if (isFree && protocol === PROTOCOL && !this.#past.has(link)) this.#serve(link)
    this.#hub.hail(runSubject(replyTo), { type: this.#instance?.link === link ? 'claimed' : 'refused', link })
  }

  #serve(link: string): void {
    const { createEngine, card, keep, log, onFree } = this.#options
    this.#instance = new Instance({
      hub: this.#hub,
      link,
      cores: card.cores,
      createEngine,
      keep,
      log,
      onOver: () => {
        this.#instance = undefined
        this.#past.add(link)
        if (this.#isLeaving) return
        log.info('waiting for a run')
        onFree?.()
      },
    })
    log.info(`taken by run ${link.split('.')[0]}`)
  }

  #card(): AgentCard {
    const { card, descriptors, timing } = this.#options
    return {
      ...card,
      descriptors: descriptors(),
      protocol: PROTOCOL,
      isBusy: this.isBusy,
      wallClock: timing.wallClock(),
    }
  }
}
