/** Replaces secrets in texts that people read. */
import type { LogRecord } from './record.js'

const REPLACEMENT = '***SECRET_REDACTED***'

export class Redactor {
  readonly #secrets = new Set<string>()
  #pattern: RegExp | undefined

  /** An empty text is no secret. */
  add(secret: string): void {
    if (secret === '' || this.#secrets.has(secret)) return
    this.#secrets.add(secret)
    // The longest first, because a secret may be the beginning of another one.
    const longestFirst = [...this.#secrets].sort((a, b) => b.length - a.length)
    this.#pattern = new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
  }

  redactRecord(record: LogRecord): LogRecord {
    if (this.#pattern === undefined) return record
    const fields = Object.entries(record.fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? this.redact(value) : value,
    ])
    return { ...record, msg: this.redact(record.msg), fields: Object.fromEntries(fields) }
  }

  redact(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, REPLACEMENT)
  }
}
