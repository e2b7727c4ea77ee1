/**
 * A machine that waits for runs: answers coordinators that look for agents, lets one of them have it, and runs what that one says.
 *
 *   idle ── claim ──► claimed: refuses others ── the instance is over ──► idle
 *   leave() ──► answers nobody any more; the instance, if there is one, ends
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
  /** What does not change while the agent lives. */
  readonly card: Omit<AgentCard, 'descriptors' | 'protocol' | 'isBusy' | 'wallClock'>
  /** How many more files it may open just now. */
  readonly descriptors: () => number | null
  readonly createEngine: CreateEngine
  readonly keep: Keep
  readonly log: Log
  /** It is free again after a run. */
  readonly onFree?: () => void
}

export class Agent {
  readonly #options: AgentOptions
  readonly #hub: Hub
  readonly #unsubscribe: () => void
  /** Links of runs that are over: a claim of them that comes late must not begin the run again. */
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

  /** Ends what it runs, and then itself; when called again, at once. */
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
      // The rest is for coordinators.
    }
  }

  /** The same claim may come twice; each is answered. */
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
