/**
 * A line between a coordinator and one instance, over a transport that may lose, delay, double and reorder: what is sent on it arrives
 * once, in order, and whole, however large it is. What a peer has not acknowledged is kept and sent again.
 *
 *   send ─► [ queue ] ─► frames on the road (at most WINDOW) ─► transport ─► [ early ones wait ] ─► onMessage
 *              ▲                                                                   │
 *              └───────────────────────── arrived: number ◄────────────────────────┘
 *
 * Datagrams go beside that: each arrives at most once, at once or never.
 *
 * Shape   frame    version 1, link (text), arrived (varint: all numbers below have arrived), kind (byte), number (varint), content (bytes)
 *           kind   0 nothing but `arrived`, 1 part of a message that goes on in the next frame, 2 the last part of one, 3 a datagram
 * Units   milliseconds, bytes
 * Errors  RangeError from `send` for a message that is too large, and from `parseFrame` for bytes that hold no frame
 */
import { ByteReader, ByteWriter } from '../base/bytes.js'
import type { Timing } from './timing.js'
import type { Transport } from './transport.js'

export interface LinkOptions {
  /** Both ends know it; no two links have the same. */
  readonly id: string
  /** Where the other end listens. */
  readonly subject: string
  readonly transport: Transport
  readonly timing: Timing
  readonly onMessage: (message: Uint8Array) => void
  readonly onDatagram: (datagram: Uint8Array) => void
}

export interface Frame {
  readonly link: string
  /** All numbers below have arrived at the sender. */
  readonly arrived: number
  readonly kind: number
  readonly number: number
  readonly content: Uint8Array
}

interface OutgoingFrame {
  readonly kind: number
  readonly number: number
  readonly content: Uint8Array
  sentAt: number
  tries: number
}

const VERSION = 1
const Kind = { acknowledgement: 0, part: 1, last: 2, datagram: 3 } as const
const NOTHING = new Uint8Array()

/** The largest message. None of sockeye's is so large; it bounds what a peer can make us store. */
export const LARGEST_MESSAGE = 64 * 1024 * 1024
/** Frames on the road at most. */
const WINDOW = 32
const LARGEST_FRAME = 256 * 1024
/** Room for what a frame has beside its content. */
const HEADER = 256
/** A frame that is not acknowledged goes again after this, then after twice and four times as long. */
const RESEND_AFTER = 400
const MOST_DOUBLINGS = 2
const LOOK_INTERVAL = 200
/** Acknowledgements wait so long for other frames to go with. */
const ACKNOWLEDGE_AFTER = 5

export class Link {
  readonly options: LinkOptions
  readonly #largestContent: number
  #nextNumber = 0
  readonly #queue: OutgoingFrame[] = []
  /** Oldest first. */
  readonly #onTheRoad: OutgoingFrame[] = []
  #arrived = 0
  /** By number: what has arrived before something that is still on the road. */
  readonly #early = new Map<number, Frame>()
  #parts: Uint8Array[] = []
  #partsLength = 0
  #cancelLook: (() => void) | undefined
  #cancelAcknowledgement: (() => void) | undefined
  readonly #whenIdle: (() => void)[] = []
  readonly #stopListening: () => void
  #isClosed = false

  constructor(options: LinkOptions) {
    this.options = options
    this.#largestContent = Math.min(LARGEST_FRAME, options.transport.maxPayload) - HEADER
    this.#stopListening = options.transport.onConnection((isConnected) => {
      // Whatever was on the road may be lost.
      if (isConnected) this.#resend(0)
    })
  }

  get id(): string {
    return this.options.id
  }

  send(message: Uint8Array): void {
    if (this.#isClosed) return
    if (message.length > LARGEST_MESSAGE) throw new RangeError(`a message of ${message.length} bytes is too large`)
    for (let at = 0; at === 0 || at < message.length; at += this.#largestContent) {
      const content = message.subarray(at, at + this.#largestContent)
      const kind = at + this.#largestContent >= message.length ? Kind.last : Kind.part
      this.#queue.push({ kind, number: this.#nextNumber++, content, sentAt: 0, tries: 0 })
    }
    this.#fillRoad()
  }

  datagram(content: Uint8Array): void {
    if (!this.#isClosed) this.#publish({ kind: Kind.datagram, number: 0, content })
  }

  /** A frame of this link has come. */
  receive(frame: Frame): void {
    if (this.#isClosed) return
    this.#acknowledged(frame.arrived)
    if (frame.kind === Kind.datagram) return this.options.onDatagram(frame.content)
    if (frame.kind === Kind.acknowledgement) return
    // One that has come before is acknowledged again: the acknowledgement may be what was lost.
    this.#acknowledgeSoon()
    if (frame.number < this.#arrived || frame.number >= this.#arrived + WINDOW) return
    this.#early.set(frame.number, frame)
    this.#deliver()
  }

  /** Everything that was sent so far has arrived, or the link is closed. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  close(): void {
    if (this.#isClosed) return
    // What came last should not be sent again.
    if (this.#cancelAcknowledgement !== undefined) this.#acknowledge()
    this.#isClosed = true
    this.#stopListening()
    this.#cancelLook?.()
    this.#tellIdle()
  }

  get #isIdle(): boolean {
    return this.#isClosed || (this.#queue.length === 0 && this.#onTheRoad.length === 0)
  }

  #fillRoad(): void {
    while (this.#queue.length > 0 && this.#onTheRoad.length < WINDOW) {
      const frame = this.#queue.shift() as OutgoingFrame
      this.#onTheRoad.push(frame)
      this.#transmit(frame)
    }
    if (this.#onTheRoad.length > 0) this.#lookLater()
  }

  #transmit(frame: OutgoingFrame): void {
    frame.sentAt = this.options.timing.now()
    frame.tries++
    this.#publish(frame)
  }

  #publish({ kind, number, content }: Pick<OutgoingFrame, 'kind' | 'number' | 'content'>): void {
    const { id, subject, transport } = this.options
    this.#cancelAcknowledgement?.()
    this.#cancelAcknowledgement = undefined
    transport.publish(subject, encodeFrame({ link: id, arrived: this.#arrived, kind, number, content }))
  }

  #lookLater(): void {
    this.#cancelLook ??= this.options.timing.after(LOOK_INTERVAL, () => {
      this.#cancelLook = undefined
      if (this.options.transport.isConnected) this.#resend(RESEND_AFTER)
      if (this.#onTheRoad.length > 0) this.#lookLater()
    })
  }

  #resend(after: number): void {
    const now = this.options.timing.now()
    for (const frame of this.#onTheRoad) {
      const patience = after * 2 ** Math.min(frame.tries - 1, MOST_DOUBLINGS)
      if (now - frame.sentAt >= patience) this.#transmit(frame)
    }
  }

  #acknowledged(arrived: number): void {
    while (this.#onTheRoad.length > 0 && (this.#onTheRoad[0] as OutgoingFrame).number < arrived) this.#onTheRoad.shift()
    this.#fillRoad()
    if (this.#isIdle) this.#tellIdle()
  }

  #tellIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  #deliver(): void {
    for (;;) {
      const frame = this.#early.get(this.#arrived)
      if (frame === undefined) return
      this.#early.delete(this.#arrived)
      this.#arrived++
      this.#parts.push(frame.content)
      this.#partsLength += frame.content.length
      // Only a broken or hostile peer sends that.
      if (this.#partsLength > LARGEST_MESSAGE) return this.close()
      if (frame.kind === Kind.part) continue
      const message = joined(this.#parts)
      this.#parts = []
      this.#partsLength = 0
      this.options.onMessage(message)
      if (this.#isClosed) return
    }
  }

  #acknowledgeSoon(): void {
    this.#cancelAcknowledgement ??= this.options.timing.after(ACKNOWLEDGE_AFTER, () => this.#acknowledge())
  }

  #acknowledge(): void {
    this.#publish({ kind: Kind.acknowledgement, number: 0, content: NOTHING })
  }
}

function encodeFrame({ link, arrived, kind, number, content }: Frame): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(VERSION)
  writer.text(link)
  writer.varint(arrived)
  writer.byte(kind)
  writer.varint(number)
  writer.bytes(content)
  return writer.finish()
}

export function parseFrame(bytes: Uint8Array): Frame {
  const reader = new ByteReader(bytes)
  reader.version(VERSION, 'frame')
  const frame = {
    link: reader.text(),
    arrived: reader.varint(),
    kind: reader.byte(),
    number: reader.varint(),
    content: reader.bytes(),
  }
  reader.end()
  if (frame.kind > Kind.datagram) throw new RangeError(`there is no frame of kind ${frame.kind}`)
  return frame
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
