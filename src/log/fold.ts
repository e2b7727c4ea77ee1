/**
 * Repeated log lines, told once: the first few of a kind pass whole, the others are counted, and the count follows as one record.
 * Lines are of one kind when they differ in numbers only. What scripts print themselves passes as it is.
 *
 *   shard   record ─► LogFolder ─► relay            `flush` once a second, with the measurements
 *   main    record ─► LogFolder ─► outputs          `flush` once a second, and before the summary
 *
 * Errors  none; with more kinds than it can keep apart, further ones pass whole
 */
import { placeInStack, withoutNumbers } from '../base/errors.js'
import type { LogRecord } from './record.js'

/** So many of a kind pass. */
const WHOLE = 5
const MAX_KINDS = 1000
/** Of a long message only the start tells kinds apart. */
const KEY_LENGTH = 500

interface Kind {
  passed: number
  /** Not told yet. */
  folded: number
  latest: LogRecord
}

export class LogFolder {
  readonly #emit: (record: LogRecord) => void
  readonly #kinds = new Map<string, Kind>()
  #hasFolded = false

  constructor(emit: (record: LogRecord) => void) {
    this.#emit = emit
  }

  /** Whether there is a count that has not been told. */
  get hasFolded(): boolean {
    return this.#hasFolded
  }

  /** Bound, so that it is what a Log emits to. */
  readonly take = (record: LogRecord): void => {
    if (record.fields['source'] === 'console') return this.#emit(record)
    const key = keyOf(record)
    const kind = this.#kinds.get(key)
    if (kind === undefined) {
      if (this.#kinds.size < MAX_KINDS) {
        this.#kinds.set(key, { passed: record.repeats === undefined ? 1 : 0, folded: 0, latest: record })
      }
      return this.#emit(record)
    }
    kind.latest = record
    if (record.repeats === undefined && kind.passed < WHOLE) {
      kind.passed++
      return this.#emit(record)
    }
    kind.folded += record.repeats ?? 1
    this.#hasFolded = true
  }

  /** Tells the counts. */
  flush(): void {
    if (!this.#hasFolded) return
    this.#hasFolded = false
    for (const kind of this.#kinds.values()) {
      if (kind.folded === 0) continue
      this.#emit({ ...kind.latest, repeats: kind.folded })
      kind.folded = 0
    }
  }
}

function keyOf({ level, msg, fields }: LogRecord): string {
  const text = `${level}\n${fields['scenario'] ?? ''}\n${msg.slice(0, KEY_LENGTH)}\n${fields['error'] ?? ''}`
  return withoutNumbers(text)
}

/** Of a record that stands for others: `… 11,812 more like this (default, file.ts:4:8): Error: boom`. */
export function repeatsText({ repeats = 0, msg, fields, place }: LogRecord): string {
  const [first = '', ...stack] = msg.split('\n')
  const where = [fields['scenario'], place ?? placeInStack(stack.join('\n'))].filter(Boolean).join(', ')
  const error = fields['error'] === undefined ? '' : `: ${fields['error']}`
  return `… ${repeats.toLocaleString('en-US')} more like this${where === '' ? '' : ` (${where})`}: ${first}${error}`
}
