/**
 * Feeds one connection's bytes to its frame reader, in rations: a flood on one connection must not starve the others of the thread,
 * and a listener may ask to be left alone for a while.
 *
 * Bounds   256 frames, or 512 KiB in large chunks, per turn of the event loop; then the connection is paused, what is left of the chunk
 *          is copied, and the next turn goes on
 * Buffers  chunks are borrowed; only what has to wait is copied
 */
import type { Connection } from '../connection.js'
import type { FrameReader } from './frame-reader.js'
import { outbox } from './outbox.js'

export interface IntakeOwner {
  /** All bytes that had to wait have been read. */
  intakeEmptied(): void
}

const FRAMES_PER_TURN = 256
const BYTES_PER_TURN = 512 * 1024
/** Bytes. A chunk of this size comes only when the peer sends faster than we read. */
const LARGE_CHUNK = 16 * 1024

export class Intake {
  readonly #owner: IntakeOwner
  readonly #connection: Connection
  readonly #reader: FrameReader
  #waiting: Buffer | null = null
  #waitingFrom = 0
  #held = false
  #stopped = false
  #continuing = false
  #turn = 0
  #turnBytes = 0

  constructor(owner: IntakeOwner, connection: Connection, reader: FrameReader) {
    this.#owner = owner
    this.#connection = connection
    this.#reader = reader
  }

  get isEmpty(): boolean {
    return this.#waiting === null
  }

  /** Hot: once per chunk. */
  receive(chunk: Buffer): void {
    if (this.#stopped || chunk.length === 0) return
    if (this.#waiting !== null || this.#held) {
      this.#keep(chunk)
      return
    }
    const next = this.#read(chunk, 0)
    if (next < chunk.length) this.#keep(chunk.subarray(next))
    else if (chunk.length >= LARGE_CHUNK && this.#isTurnOver(chunk.length)) this.#continueLater()
  }

  /** Nothing is read until resume(). */
  hold(): void {
    if (this.#held || this.#stopped) return
    this.#held = true
    this.#reader.stop()
    this.#connection.pause()
  }

  resume(): void {
    if (!this.#held) return
    this.#held = false
    this.#continueLater()
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#stopped = true
    this.#waiting = null
    this.#reader.stop()
  }

  /** Called by the event loop: goes on where the last turn left off. */
  continueReading(): void {
    this.#continuing = false
    if (this.#stopped || this.#held) return
    const waiting = this.#waiting
    if (waiting !== null) {
      this.#waitingFrom = this.#read(waiting, this.#waitingFrom)
      if (this.#waitingFrom < waiting.length) {
        if (!this.#stopped) this.#continueLater()
        return
      }
      this.#waiting = null
      this.#owner.intakeEmptied()
    }
    if (!this.#stopped && !this.#held) this.#connection.resume()
  }

  /** What is sent while a chunk is read goes out in one write. */
  #read(chunk: Buffer, from: number): number {
    outbox.hold()
    try {
      return this.#reader.read(chunk, from, FRAMES_PER_TURN)
    } finally {
      outbox.release()
    }
  }

  #keep(chunk: Buffer): void {
    if (this.#stopped) return
    const waiting = this.#waiting
    this.#waiting = waiting === null ? Buffer.from(chunk) : Buffer.concat([waiting.subarray(this.#waitingFrom), chunk])
    this.#waitingFrom = 0
    this.#continueLater()
  }

  #continueLater(): void {
    if (this.#stopped) return
    this.#connection.pause()
    if (this.#continuing || this.#held) return
    this.#continuing = true
    setImmediate(continueReading, this)
  }

  #isTurnOver(bytes: number): boolean {
    const turn = currentTurn()
    if (this.#turn !== turn) {
      this.#turn = turn
      this.#turnBytes = 0
    }
    this.#turnBytes += bytes
    return this.#turnBytes >= BYTES_PER_TURN
  }
}

function continueReading(intake: Intake): void {
  intake.continueReading()
}

/**
 * Which turn of the event loop this is, for those who ration what they do in one. The loop may hand a socket many chunks in a row
 * before it looks at the next socket, so a flood on one connection would starve the others.
 */
let turn = 0
let armed = false

/** Costs a Node immediate per turn in which it is called; none otherwise. */
function currentTurn(): number {
  if (!armed) {
    armed = true
    setImmediate(nextTurn)
  }
  return turn
}

function nextTurn(): void {
  armed = false
  turn++
}
