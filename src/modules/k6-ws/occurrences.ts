/**
 * What happens to a session while its handlers run or pause: it waits here, in order. Texts and binary messages are counted, so that a server
 * that floods a slow script is read no more (vu/backlog.ts).
 */
import type { SessionEnd } from '../../net/websocket/listener.js'
import type { Pause, Twin } from '../../pausable/runtime/pause.js'
import { Backlog, type Reader } from '../../vu/backlog.js'
import type { SocketTimer } from './socket-timer.js'

/** What handlers are called for: a text or binary message, or something rarer. */
export type Occurrence =
  | string
  | ArrayBuffer
  | SocketTimer
  | { readonly kind: 'ping' }
  /** The time since our ping in ms; undefined for a pong that nobody asked for. */
  | { readonly kind: 'pong'; readonly roundTrip: number | undefined }
  /** A handler that was called inside send() and has paused there. */
  | { readonly kind: 'paused'; readonly twin: Twin; readonly pause: Pause }
  | { readonly kind: 'end'; readonly end: SessionEnd }

export class Occurrences {
  readonly #reader: Reader
  readonly #items: Occurrence[] = []
  /** Made for the first that waits: in most sessions nothing does. */
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

  /** The next one; there must be one. */
  take(): Occurrence {
    const next = this.#items.shift() as Occurrence
    this.#backlog?.taken(sizeOf(next))
    return next
  }

  /** Nobody will handle what waits. What is added from now on is not counted. */
  clear(): void {
    if (this.#items.length > 0) this.#items.length = 0
    this.end()
  }

  /** The connection is over. */
  end(): void {
    this.#backlog?.end()
  }
}

function sizeOf(occurrence: Occurrence): number {
  if (typeof occurrence === 'string') return occurrence.length
  return occurrence instanceof ArrayBuffer ? occurrence.byteLength : 0
}
