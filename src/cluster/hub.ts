/**
 * Receives the messages for one machine: hails go to the listener, frames to their link. A frame for an unknown link is answered with `gone`.
 */
import { type Frame, Link, parseFrame } from './link.js'
import { decodeHail, encodeHail, isHail } from './message-codec.js'
import { agentSubject, type Hail, runSubject } from './protocol.js'
import type { Timing } from './timing.js'
import type { Transport } from './transport.js'

export interface HubOptions {
  readonly transport: Transport
  readonly timing: Timing
  /** A coordinator listens on the subject of its run, an agent on its own subject. */
  readonly side: 'coordinator' | 'agent'
  readonly id: string
  readonly onHail: (hail: Hail) => void
}

/** The id of a link contains the ids of both ends, so that each end can find the other. */
export function linkId(run: string, agent: string, number: number): string {
  return `${run}.${agent}.${number}`
}

export class Hub {
  readonly #options: HubOptions
  readonly #links = new Map<string, Link>()
  readonly #unsubscribe: () => void

  constructor(options: HubOptions) {
    this.#options = options
    const { transport, side, id } = options
    const subject = side === 'agent' ? agentSubject(id) : runSubject(id)
    this.#unsubscribe = transport.subscribe(subject, (payload) => this.#receive(payload))
  }

  get transport(): Transport {
    return this.#options.transport
  }

  get timing(): Timing {
    return this.#options.timing
  }

  hail(subject: string, hail: Hail): void {
    this.transport.publish(subject, encodeHail(hail))
  }

  open(id: string, receivers: Pick<Link['options'], 'onMessage' | 'onDatagram'>): Link {
    const { transport, timing } = this.#options
    const link = new Link({ id, subject: this.#otherEnd(id), transport, timing, ...receivers })
    this.#links.set(id, link)
    return link
  }

  close(link: Link): void {
    link.close()
    this.#links.delete(link.id)
  }

  end(): void {
    this.#unsubscribe()
    for (const link of [...this.#links.values()]) this.close(link)
  }

  #otherEnd(link: string): string {
    const [run = '', agent = ''] = link.split('.')
    return this.#options.side === 'agent' ? runSubject(run) : agentSubject(agent)
  }

  #receive(payload: Uint8Array): void {
    const parsed = parse(payload)
    if (parsed === undefined) return
    if ('type' in parsed) return this.#options.onHail(parsed)
    const link = this.#links.get(parsed.link)
    if (link === undefined) this.hail(this.#otherEnd(parsed.link), { type: 'gone', link: parsed.link })
    else link.receive(parsed)
  }
}

/** Undefined for bytes that are no message of sockeye. */
function parse(payload: Uint8Array): Hail | Frame | undefined {
  try {
    return isHail(payload) ? decodeHail(payload) : parseFrame(payload)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
