/**
 * How often each error occurred, by message, scenario and place. Shards send what is new; the main thread adds it up. Messages that differ
 * only in numbers are one kind: `no answer to 17` and `no answer to 18`.
 *
 * Shape   at most MAX_KINDS kinds are kept apart; errors of further kinds are only counted
 */
import { withoutNumbers } from '../base/errors.js'

const MAX_KINDS = 1000
const MAX_MESSAGE = 300

export interface ErrorTally {
  /** The message of the first error of this kind. */
  readonly message: string
  /** Empty outside scenarios. */
  readonly scenario: string
  /** `file:line:column` in the user's files; empty when nothing of the script is involved. */
  readonly place: string
  count: number
}

/** What is new, as plain data. */
export interface ErrorDeltas {
  readonly errors: readonly Readonly<ErrorTally>[]
  readonly others: number
}

export class ErrorTallies {
  readonly #byKind = new Map<string, ErrorTally>()
  #others = 0
  /** Removes secrets from a message. */
  readonly #shown: (message: string) => string

  constructor(shown: (message: string) => string = (message) => message) {
    this.#shown = shown
  }

  /** A negative `count` takes back an error that was counted a second time in other words. */
  add(text: string, scenario: string, place: string, count = 1): void {
    const message = this.#shown(text)
    const short = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message
    const kind = `${scenario}\n${place}\n${withoutNumbers(short)}`
    const tally = this.#byKind.get(kind)
    if (tally !== undefined) tally.count += count
    else if (this.#byKind.size < MAX_KINDS) this.#byKind.set(kind, { message: short, scenario, place, count })
    else this.#others += count
  }

  /** What happened since the last call; undefined when nothing did. */
  take(): ErrorDeltas | undefined {
    if (this.#byKind.size === 0 && this.#others === 0) return undefined
    const deltas = { errors: [...this.#byKind.values()], others: this.#others }
    this.#byKind.clear()
    this.#others = 0
    return deltas
  }

  merge({ errors, others }: ErrorDeltas): void {
    for (const { message, scenario, place, count } of errors) this.add(message, scenario, place, count)
    this.#others += others
  }

  /** The most frequent ones, and how many errors are not among them. */
  mostFrequent(limit: number): { readonly listed: readonly Readonly<ErrorTally>[]; readonly others: number } {
    const sorted = [...this.#byKind.values()].filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
    const rest = sorted.slice(limit).reduce((sum, { count }) => sum + count, 0)
    return { listed: sorted.slice(0, limit), others: rest + this.#others }
  }
}
