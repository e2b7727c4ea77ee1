/**
 * One instance on the side of the coordinator: its link, the offset of its clock, its progress, and whether it is alive.
 *
 *   claimed ──► at work ──► released            by the coordinator
 *                  └──────► lost                no message for LOST_AFTER; or it sent `failed`, `left` or `gone`
 *
 * Units  milliseconds
 */
import { NOT_STARTED } from '../engine/progress.js'
import type { CountedWork } from '../engine/workload.js'
import { ClockOffset } from './clock-offset.js'
import type { Hub } from './hub.js'
import type { Link } from './link.js'
import { fromInstance, pings, pongs, toInstance } from './message-codec.js'
import { type AgentCard, agentSubject, type FromInstance, type Standing, type ToInstance } from './protocol.js'
import { every } from './timing.js'

export interface RemoteInstanceOptions {
  readonly hub: Hub
  readonly link: string
  readonly card: AgentCard
  readonly onMessage: (message: FromInstance) => void
  /** Called at most once. */
  readonly onLost: (reason: string) => void
}

/** An instance that sends nothing for this long, while NATS is connected, counts as lost. */
export const LOST_AFTER = 5000
/** When NATS is not connected for this long, every instance has ended by itself. */
const AWAY_LIMIT = 30_000
const BEAT = 1000
/** The first pings come fast, to measure the clock. */
const FIRST_BEATS = 8
const FIRST_BEAT = 50

export class RemoteInstance {
  readonly card: AgentCard
  readonly clock = new ClockOffset()
  /** Undefined before the first message with it. */
  standing: Standing | undefined
  /** For each part of the instance and each scenario, the iterations whose results have arrived. */
  readonly #reported = new Map<number, readonly CountedWork[]>()
  readonly #options: RemoteInstanceOptions
  readonly #link: Link
  readonly #sentAt = new Map<number, number>()
  readonly #stops: (() => void)[] = []
  #pings = 0
  #lastPong = -1
  #heardAt: number
  #beatAt: number
  #isOver = false

  constructor(options: RemoteInstanceOptions) {
    this.#options = options
    const { hub, card } = options
    this.card = card
    this.#heardAt = this.#beatAt = hub.timing.now()
    this.#link = hub.open(options.link, {
      onMessage: (bytes) => this.#receive(bytes),
      onDatagram: (bytes) => this.#pong(bytes),
    })
    for (let i = 0; i < FIRST_BEATS; i++) this.#stops.push(hub.timing.after(i * FIRST_BEAT, () => this.#ping()))
    this.#stops.push(
      every(hub.timing, BEAT, () => this.#beat()),
      hub.transport.onConnection(() => {
        // Silence while there was no connection does not count.
        this.#heardAt = hub.timing.now()
      }),
    )
  }

  get name(): string {
    return this.card.name
  }

  get link(): string {
    return this.#options.link
  }

  /** The iterations of a scenario that the instance has done, and those of them that are in the results. */
  workOn(scenario: number): { readonly told: CountedWork; readonly reported: CountedWork } {
    const { iterations, dropped } = this.standing?.progress.scenarios[scenario] ?? NOT_STARTED
    const parts = [...this.#reported.values()].map((done) => done[scenario] ?? { ended: 0, dropped: 0 })
    return {
      told: { ended: iterations, dropped },
      reported: {
        ended: parts.reduce((sum, part) => sum + part.ended, 0),
        dropped: parts.reduce((sum, part) => sum + part.dropped, 0),
      },
    }
  }

  send(message: ToInstance): void {
    this.#link.send(toInstance.encode(message))
  }

  /** Converts a moment of our clock to the clock of the instance. */
  theirs(moment: number): number {
    return moment + (this.clock.offset ?? 0)
  }

  /** Converts a moment of the instance's clock to ours. */
  ours(moment: number): number {
    return moment - (this.clock.offset ?? 0)
  }

  /** Resolves when the clock has been measured a few times; with false when the instance was lost meanwhile. */
  async measured(): Promise<boolean> {
    const { timing } = this.#options.hub
    while (this.clock.count < FIRST_BEATS / 2 && !this.#isOver) {
      await new Promise<void>((resolve) => timing.after(FIRST_BEAT, resolve))
    }
    return !this.#isOver
  }

  /** Frees the agent; resolves when it has got the message, or is lost. */
  async release(): Promise<void> {
    if (this.#isOver) return
    this.send({ type: 'release' })
    await this.#link.idle()
    this.#end()
  }

  /** The instance counts as lost: its messages are ignored from now on. */
  lose(reason: string): void {
    if (this.#isOver) return
    this.#end()
    // It may still be alive, and should end.
    this.#options.hub.hail(agentSubject(this.card.id), { type: 'gone', link: this.link })
    this.#options.onLost(reason)
  }

  #end(): void {
    this.#isOver = true
    for (const stop of this.#stops) stop()
    this.#options.hub.close(this.#link)
  }

  #ping(): void {
    const number = this.#pings++
    this.#sentAt.set(number, this.#options.hub.timing.now())
    this.#sentAt.delete(number - 2 * FIRST_BEATS)
    this.#link.datagram(pings.encode({ type: 'ping', number }))
  }

  #beat(): void {
    const { hub } = this.#options
    const now = hub.timing.now()
    // This process was busy, so messages of the instance may have arrived that are not read yet.
    if (now - this.#beatAt > 2 * BEAT) this.#heardAt += now - this.#beatAt
    this.#beatAt = now
    if (!hub.transport.isConnected) {
      if (now - this.#heardAt > AWAY_LIMIT) this.lose(`NATS was not there for ${AWAY_LIMIT / 1000} s`)
      return
    }
    if (now - this.#heardAt > LOST_AFTER) this.lose(`nothing was heard of it for ${LOST_AFTER / 1000} s`)
    else this.#ping()
  }

  #pong(bytes: Uint8Array): void {
    const pong = this.#decoded(() => pongs.decode(bytes))
    if (pong === undefined) return
    const arrivedAt = this.#heard()
    const sentAt = this.#sentAt.get(pong.number)
    this.#sentAt.delete(pong.number)
    if (sentAt !== undefined) {
      this.clock.add({ sentAt, receivedAt: pong.receivedAt, answeredAt: pong.sentAt, arrivedAt })
    }
    // A later pong arrived before this one.
    if (pong.number <= this.#lastPong) return
    this.#lastPong = pong.number
    this.standing = pong.standing ?? this.standing
  }

  #receive(bytes: Uint8Array): void {
    const message = this.#decoded(() => fromInstance.decode(bytes))
    if (message === undefined) return
    this.#heard()
    if ('standing' in message) this.#settle(message.standing)
    if (message.type === 'report') this.#reported.set(message.part, message.done)
    this.#options.onMessage(message)
  }

  /** Takes the standing of a message. Pongs of earlier pings that arrive later have an older standing, and are ignored. */
  #settle(standing: Standing): void {
    this.standing = standing
    this.#lastPong = this.#pings - 1
  }

  #heard(): number {
    this.#heardAt = this.#options.hub.timing.now()
    return this.#heardAt
  }

  #decoded<T>(decode: () => T): T | undefined {
    try {
      return decode()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.lose(`it sent what cannot be read: ${error.message}`)
      return undefined
    }
  }
}
