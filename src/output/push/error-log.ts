/** Logs errors of an output without a flood: the same text once, and then at most every ten seconds with a count. */
import type { Log } from '../../log/log.js'

const REPEAT_MS = 10_000

export class ErrorLog {
  readonly #log: Log
  readonly #output: string
  #last = ''
  #lastAt = 0
  #unsaid = 0

  constructor(log: Log, output: string) {
    this.#log = log
    this.#output = output
  }

  report(message: string): void {
    const now = Date.now()
    if (message === this.#last && now - this.#lastAt < REPEAT_MS) {
      this.#unsaid++
      return
    }
    const repeated = message === this.#last ? this.#unsaid : 0
    this.#last = message
    this.#lastAt = now
    this.#unsaid = 0
    const fields = { error: message, output: this.#output }
    this.#log.error('Failed to send results', repeated === 0 ? fields : { ...fields, count: repeated + 1 })
  }
}
