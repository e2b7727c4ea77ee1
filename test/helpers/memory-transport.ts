/**
 * A network in memory that does what networks do: messages are lost, late, doubled and overtake each other, and machines are cut off. All
 * of that comes from one seed and one clock, so a run that went wrong can be repeated.
 */
import { ClusterError } from '../../src/cluster/errors.js'
import type { Timing } from '../../src/cluster/timing.js'
import type { Transport } from '../../src/cluster/transport.js'

export interface Faults {
  /** Part of the messages that never arrive, 0 to 1. */
  loss: number
  /** Part of them that arrive twice. */
  duplication: number
  /** On the road for between these, in ms, each by itself: so they overtake each other when the two differ. */
  delay: readonly [shortest: number, longest: number]
}

export interface MemoryNetworkOptions extends Partial<Faults> {
  readonly timing: Pick<Timing, 'after'>
  /** From 0 up to 1. */
  readonly random?: () => number
  readonly maxPayload?: number
}

type Receive = (payload: Uint8Array) => void

export class MemoryNetwork {
  readonly faults: Faults
  readonly files = new Map<string, Uint8Array>()
  /** Of messages, and how many of them were lost. */
  readonly counts = { published: 0, lost: 0, bytes: 0 }
  readonly maxPayload: number
  readonly #timing: Pick<Timing, 'after'>
  readonly #random: () => number
  readonly #transports = new Set<MemoryTransport>()
  readonly #subscribers = new Map<string, Set<MemoryTransport>>()

  constructor({ timing, random = Math.random, maxPayload = 1024 * 1024, ...faults }: MemoryNetworkOptions) {
    this.faults = { loss: 0, duplication: 0, delay: [0, 0], ...faults }
    this.maxPayload = maxPayload
    this.#timing = timing
    this.#random = random
  }

  connect(): MemoryTransport {
    const transport = new MemoryTransport(this)
    this.#transports.add(transport)
    return transport
  }

  /** The server restarts: nobody is connected for so long. */
  async restart(ms: number): Promise<void> {
    const transports = [...this.#transports]
    for (const transport of transports) transport.cut({ isKnown: true })
    await new Promise<void>((resolve) => this.#timing.after(ms, resolve))
    for (const transport of transports) transport.heal()
  }

  forget(transport: MemoryTransport): void {
    this.#transports.delete(transport)
    for (const subscribers of this.#subscribers.values()) subscribers.delete(transport)
  }

  subscribed(subject: string, transport: MemoryTransport): void {
    const subscribers = this.#subscribers.get(subject) ?? new Set()
    this.#subscribers.set(subject, subscribers.add(transport))
  }

  carry(subject: string, payload: Uint8Array): void {
    this.counts.published++
    this.counts.bytes += payload.length
    const { loss, duplication } = this.faults
    const copies = this.#random() < duplication ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < loss) this.counts.lost++
      else this.later(() => this.#deliver(subject, payload))
    }
  }

  later(act: () => void): void {
    const [shortest, longest] = this.faults.delay
    this.#timing.after(shortest + (longest - shortest) * this.#random(), act)
  }

  #deliver(subject: string, payload: Uint8Array): void {
    for (const transport of [...(this.#subscribers.get(subject) ?? [])]) transport.deliver(subject, payload)
  }
}

export class MemoryTransport implements Transport {
  readonly maxPayload: number
  readonly #network: MemoryNetwork
  readonly #receivers = new Map<string, Set<Receive>>()
  readonly #listeners = new Set<(isConnected: boolean) => void>()
  #isCut = false
  #isKnown = false
  #isClosed = false

  constructor(network: MemoryNetwork) {
    this.#network = network
    this.maxPayload = network.maxPayload
  }

  get isConnected(): boolean {
    return !(this.#isCut && this.#isKnown) && !this.#isClosed
  }

  /** Nothing comes through any more; `isKnown` when the connection itself is lost, and not only what it carries. */
  cut({ isKnown }: { readonly isKnown: boolean }): void {
    this.#isCut = true
    this.#isKnown = isKnown
    if (isKnown) this.#tell(false)
  }

  heal(): void {
    const wasKnown = this.#isKnown
    this.#isCut = this.#isKnown = false
    if (wasKnown) this.#tell(true)
  }

  onConnection(listener: (isConnected: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  publish(subject: string, payload: Uint8Array): void {
    if (payload.length > this.maxPayload) throw new Error(`a message of ${payload.length} bytes is too large`)
    if (!this.#isCut && !this.#isClosed) this.#network.carry(subject, payload)
  }

  subscribe(subject: string, receive: Receive): () => void {
    const receivers = this.#receivers.get(subject) ?? new Set()
    this.#receivers.set(subject, receivers.add(receive))
    this.#network.subscribed(subject, this)
    return () => receivers.delete(receive)
  }

  deliver(subject: string, payload: Uint8Array): void {
    if (this.#isCut || this.#isClosed) return
    for (const receive of [...(this.#receivers.get(subject) ?? [])]) receive(payload.slice())
  }

  async flush(): Promise<void> {
    await this.#operation(() => undefined)
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    await this.#operation(() => this.#network.files.set(name, content.slice()))
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.#operation(() => this.#network.files.get(name)?.slice())
  }

  async remove(name: string): Promise<void> {
    await this.#operation(() => this.#network.files.delete(name)).catch(() => undefined)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#network.forget(this)
  }

  #operation<T>(act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#network.later(() => {
        if (this.#isCut || this.#isClosed) reject(new ClusterError('ERR_NATS_LOST', 'the network is cut', 'mend it'))
        else resolve(act())
      })
    })
  }

  #tell(isConnected: boolean): void {
    for (const listener of [...this.#listeners]) listener(isConnected)
  }
}
