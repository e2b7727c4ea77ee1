/**
 * The writes of one connection whose callers want to know the outcome, in call order.
 *
 * Node's own callbacks are not enough: for the chunk that is with the kernel when a socket is destroyed, Node calls back
 * without an error. So success counts only while the socket lives; the rest is settled at the close by comparing where
 * a write ended in the stream with the number of bytes that the kernel had accepted.
 *
 * Drawing  offsets in the stream, `accepted` between start and end of b:  |--a--|----b--^--|-c-|
 *          a succeeded, b failed after end(b) − accepted bytes were missing, c failed after 0 bytes
 */
import type { Socket } from 'node:net'
import type { ConnectionError } from './errors.js'

/** `bytesWritten`: what the kernel accepted of this write; all of it when `error` is null. */
export type WriteDone = (error: ConnectionError | null, bytesWritten: number) => void

interface PendingWrite {
  done: WriteDone
  /** Offset of the write's end in the stream. */
  end: number
  length: number
}

export class WriteQueue {
  /** For Socket.write(); one function per connection, not per write. */
  readonly onWritten: (error?: Error | null) => void
  #pending: PendingWrite[] = []
  #head = 0
  /** Where the first write that failed by itself began: the counters are no guide behind it. */
  #limit = Number.POSITIVE_INFINITY
  /** Writes that were accepted at once, of which Node has yet to tell. */
  #known = 0

  constructor(stream: Socket) {
    this.onWritten = (error) => {
      if (stream.destroyed) return
      if (this.#known > 0) {
        this.#known--
        return
      }
      if (error) this.#failed()
      else this.#succeeded()
    }
  }

  get isEmpty(): boolean {
    return this.#head === this.#pending.length
  }

  push(done: WriteDone, end: number, length: number): void {
    this.#pending.push({ done, end, length })
  }

  /** The last write was accepted at once, and so were all before it: Node's callback for it is no news. */
  noteAccepted(): void {
    this.#known++
  }

  /** The connection has closed; `accepted` counts the stream's bytes that the kernel took. */
  fail(error: ConnectionError, accepted: number): void {
    const limit = Math.min(accepted, this.#limit)
    while (this.#head < this.#pending.length) {
      const { done, end, length } = this.#take()
      const written = Math.max(0, Math.min(length, limit - (end - length)))
      // The kernel took an empty write, too, if it took all that was before it.
      const whole = limit >= end
      done(whole ? null : error, whole ? length : written)
    }
  }

  #succeeded(): void {
    const { done, length } = this.#take()
    done(null, length)
  }

  #failed(): void {
    const first = this.#pending[this.#head]
    if (first !== undefined) this.#limit = Math.min(this.#limit, first.end - first.length)
  }

  #take(): PendingWrite {
    const write = this.#pending[this.#head]!
    this.#head++
    if (this.#head === this.#pending.length) {
      this.#pending.length = 0
      this.#head = 0
    }
    return write
  }
}
