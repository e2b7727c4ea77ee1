/**
 * The queue of a session: messages, pings and timers that come while its handlers run or pause wait here, in order. The size of the messages is
 * counted: when too much waits, nothing more is read from the server (vu/backlog.ts).
 */
import type { SessionEnd } from '../../net/websocket/listener.js'
import type { Pause, Twin } from '../../pausable/runtime/pause.js'
import { Backlog, type Reader } from '../../vu/backlog.js'
import type { SocketTimer } from './socket-timer.js'

/** One entry of the queue. Messages are the data itself, because they are by far the most frequent. */
export type Occurrence =
  | string
  | ArrayBuffer
  | SocketTimer
  | { readonly kind: 'ping' }
  /** `roundTrip`: milliseconds since our ping; undefined for a pong that answers no ping of ours. */
  | { readonly kind: 'pong'; readonly roundTrip: number | undefined }
  /** An `error` handler that send() has called and that has paused. */
  | { readonly kind: 'paused'; readonly twin: Twin; readonly pause: Pause }
  | { readonly kind: 'end'; readonly end: SessionEnd }

export class Occurrences {
  readonly #reader: Reader
  readonly #items: Occurrence[] = []
  /** Null until something waits: in most sessions nothing does. */
  #backlog: Backlog | null = null

  constructor(reader: Reader) {
    this.#reader = reader
  }

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  add(occurrence: Occurrence): void {
    this.#backlog ??= new Backlog(this.#reader)
    this.#backlog.add(sizeOf(occurrence))
    this.#items.push(occurrence)
  }

  /** The first entry; the queue must not be empty. */
  take(): Occurrence {
    const next = this.#items.shift() as Occurrence
    this.#backlog?.taken(sizeOf(next))
    return next
  }

  /** Drops all entries. What is added later is not counted. */
  clear(): void {
    if (this.#items.length > 0) this.#items.length = 0
    this.end()
  }

  /** The connection is over: nothing is counted any more. */
  end(): void {
    this.#backlog?.end()
  }
}

function sizeOf(occurrence: Occurrence): number {
  if (typeof occurrence === 'string') return occurrence.length
  return occurrence instanceof ArrayBuffer ? occurrence.byteLength : 0
}
