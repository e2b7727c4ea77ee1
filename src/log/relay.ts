/**
 * Sends log records from a shard's thread to the main thread in batches. The next batch is sent when the main thread has acknowledged the last
 * one. When a shard logs faster than lines can be written, records are dropped and counted, so that neither the shard's memory nor the queue of
 * the port grows.
 *
 *   shard   record ─► held (≤ maxHeld characters) ─► batch ─► port
 *   main    batch ─► outputs ─► acknowledge (once the outputs have room)
 *
 * Units   sizes are UTF-16 characters of the messages
 */
import type { LogRecord } from './record.js'

export interface LogBatch {
  readonly records: readonly LogRecord[]
  /** How many records were dropped since the last batch. */
  readonly dropped: number
  /** Secrets that were read since the last batch. They must not be shown, in these records and in later ones. */
  readonly secrets?: readonly string[]
}

const DEFAULT_MAX_RELAYED = 512 * 1024
/** What a record costs beside its message, in characters, so that empty messages are limited, too. */
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

  /** A bound function, which a Log takes as `emit`. */
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

  /** Sends a secret at once, so that the main thread has it before any line that contains it. */
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

  /** Sends held records without waiting for the acknowledgement, because the thread is about to end. */
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
