/**
 * Log records on their way from a shard's thread to the main thread, in batches with at most one on the road: the next is
 * sent when the main thread has acknowledged the last. A shard that logs faster than lines can be written drops records and
 * counts them; neither its own memory nor the port's queue grows.
 *
 *   shard   record ─► held (≤ maxHeld characters) ─► batch ─► port
 *   main    batch ─► outputs ─► acknowledge (once the outputs have room)
 *
 * Units   sizes are UTF-16 characters of the messages
 */
import type { LogRecord } from './record.js'

export interface LogBatch {
  readonly records: readonly LogRecord[]
  /** Records lost before the ones of this batch were sent. */
  readonly dropped: number
  /** Values that have been read since the last batch and must not be shown, in these records and in later ones. */
  readonly secrets?: readonly string[]
}

const DEFAULT_MAX_RELAYED = 512 * 1024
/** A record costs more than its message; so that empty messages, too, are limited. */
const RECORD_COST = 64

export class LogRelay {
  readonly #send: (batch: LogBatch) => void
  readonly #maxHeld: number
  #records: LogRecord[] = []
  #held = 0
  #dropped = 0
  #onTheRoad = false
  #secrets: string[] = []
  readonly #concealed = new Set<string>()

  /** `send` posts a batch to the main thread, which answers by having {@link acknowledge} called. */
  constructor(send: (batch: LogBatch) => void, maxHeld: number = DEFAULT_MAX_RELAYED) {
    this.#send = send
    this.#maxHeld = maxHeld
  }

  /** Bound, so that it is what a Log emits to. */
  readonly emit = (record: LogRecord): void => {
    const cost = record.msg.length + RECORD_COST
    if (this.#held > 0 && this.#held + cost > this.#maxHeld) {
      this.#dropped += 1
      return
    }
    this.#records.push(record)
    this.#held += cost
    if (!this.#onTheRoad) this.flush()
  }

  /** At once: the main thread knows it before anything that any thread says with it. */
  conceal(secret: string): void {
    if (this.#concealed.has(secret)) return
    this.#concealed.add(secret)
    this.#secrets.push(secret)
    this.flush()
  }

  acknowledge(): void {
    this.#onTheRoad = false
    if (this.#records.length > 0 || this.#dropped > 0) this.flush()
  }

  /** Sends what is held without waiting for the acknowledgement: for the moment before the thread ends. */
  flush(): void {
    const secrets = this.#secrets
    if (this.#records.length === 0 && this.#dropped === 0 && secrets.length === 0) return
    const batch = { records: this.#records, dropped: this.#dropped, ...(secrets.length === 0 ? {} : { secrets }) }
    this.#secrets = []
    this.#records = []
    this.#held = 0
    this.#dropped = 0
    this.#onTheRoad = true
    this.#send(batch)
  }
}
