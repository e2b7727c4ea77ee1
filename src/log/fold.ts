/**
 * Folds repeated log lines: the first few of a kind pass, the others are counted, and the count follows as one record. Lines are of one kind
 * when they differ only in numbers. What scripts print with `console`, and what `--http-debug` shows, is not folded: it was asked for.
 *
 *   shard   record ─► LogFolder ─► relay            `flush` once a second, with the measurements
 *   main    record ─► LogFolder ─► outputs          `flush` once a second, and before the summary
 *
 * Errors  none. Lines of further kinds than MAX_KINDS pass
 */
import { placeInStack, withoutNumbers } from '../base/errors.js'
import type { LogRecord } from './record.js'

/** How many lines of a kind pass. */
const WHOLE = 5
const MAX_KINDS = 1000
/** Sources of lines that the user wants to see, each of them. */
const ASKED_FOR: ReadonlySet<unknown> = new Set(['console', 'http-debug'])
/** Kinds differ in the start of their message; this many characters are compared. */
const KEY_LENGTH = 500

interface Kind {
  passed: number
  /** How many lines have been counted since the last flush. */
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

  /** Whether `flush` has a count to tell. */
  get hasFolded(): boolean {
    return this.#hasFolded
  }

  /** A bound function, which a Log takes as `emit`. */
  readonly take = (record: LogRecord): void => {
    if (ASKED_FOR.has(record.fields['source'])) return this.#emit(record)
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

  /** Emits a record for each kind that has a count. */
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

/** The text of a record that stands for others: `… 11,812 more like this (default, file.ts:4:8): Error: boom`. */
export function repeatsText({ repeats = 0, msg, fields, place }: LogRecord): string {
  const [first = '', ...stack] = msg.split('\n')
  const where = [fields['scenario'], place ?? placeInStack(stack.join('\n'))].filter(Boolean).join(', ')
  const error = fields['error'] === undefined ? '' : `: ${fields['error']}`
  return `… ${repeats.toLocaleString('en-US')} more like this${where === '' ? '' : ` (${where})`}: ${first}${error}`
}
