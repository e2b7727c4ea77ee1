/**
 * A reliable connection between a coordinator and one instance, over a transport that may lose, delay, repeat and reorder messages. Messages on
 * a link arrive once, in order, and whole, whatever their size: they are divided into frames, and a frame is sent again until it is acknowledged.
 *
 *   send ─► [ queue ] ─► frames on the road (at most WINDOW) ─► transport ─► [ early ones wait ] ─► onMessage
 *              ▲                                                                   │
 *              └───────────────────────── arrived: number ◄────────────────────────┘
 *
 * Datagrams are sent once, without acknowledgement: each arrives soon or never.
 *
 * Shape   frame    version 1, link (text), arrived (varint), kind (byte), number (varint), content (bytes)
 *           kind   0 acknowledgement only, 1 part of a message, 2 the last part of a message, 3 datagram
 * Units   milliseconds, bytes
 * Errors  RangeError from `send` for a message that is too large, and from `parseFrame` for bytes that hold no frame
 */
import { ByteReader, ByteWriter } from '../base/bytes.js'
import type { Timing } from './timing.js'
import type { Transport } from './transport.js'

export interface LinkOptions {
  /** Unique; the same at both ends. */
  readonly id: string
  /** The subject on which the other end listens. */
  readonly subject: string
  readonly transport: Transport
  readonly timing: Timing
  readonly onMessage: (message: Uint8Array) => void
  readonly onDatagram: (datagram: Uint8Array) => void
}

export interface Frame {
  readonly link: string
  /** The sender has received all frames with numbers below this one. */
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

/** The largest message. Messages of sockeye are smaller; the limit bounds the memory that a hostile peer can use. */
export const LARGEST_MESSAGE = 64 * 1024 * 1024
/** How many frames may be sent and not yet acknowledged. */
const WINDOW = 32
const LARGEST_FRAME = 256 * 1024
/** Room for the other fields of a frame. */
const HEADER = 256
/** A frame is sent again after this, then after twice, then after four times as long. */
const RESEND_AFTER = 400
const MOST_DOUBLINGS = 2
const LOOK_INTERVAL = 200
/** An acknowledgement waits this long for another frame that can carry it. */
const ACKNOWLEDGE_AFTER = 5

export class Link {
  readonly options: LinkOptions
  readonly #largestContent: number
  #nextNumber = 0
  readonly #queue: OutgoingFrame[] = []
  /** Frames that are sent and not acknowledged, oldest first. */
  readonly #onTheRoad: OutgoingFrame[] = []
  #arrived = 0
  /** Frames that arrived before an earlier one, by number. */
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
      // All frames that were not acknowledged may be lost.
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

  /** Handles a frame of this link. */
  receive(frame: Frame): void {
    if (this.#isClosed) return
    this.#acknowledged(frame.arrived)
    if (frame.kind === Kind.datagram) return this.options.onDatagram(frame.content)
    if (frame.kind === Kind.acknowledgement) return
    // A repeated frame is acknowledged again: perhaps only its acknowledgement was lost.
    this.#acknowledgeSoon()
    if (frame.number < this.#arrived || frame.number >= this.#arrived + WINDOW) return
    this.#early.set(frame.number, frame)
    this.#deliver()
  }

  /** Resolves when everything that was sent so far has arrived, or the link is closed. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  close(): void {
    if (this.#isClosed) return
    // So that the other end does not send the last frames again.
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
      // Only a broken or hostile peer sends so much.
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
