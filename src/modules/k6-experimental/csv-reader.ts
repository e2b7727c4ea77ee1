/**
 * Reads CSV as Go's encoding/csv does, with the same errors, which users of k6 know. No package does that.
 *
 *   record = field { delimiter field } newline
 *   field  = plain text without quotes | '"' { any | '""' } '"'
 *
 * Shape   empty lines are skipped; a quoted field may contain line breaks; \r\n is read as \n
 * Errors  CsvError for a quote in a wrong place, and for a record with another number of fields than the first
 * Source  RFC 4180; docs/spec/http.md §24.2
 */
export class CsvError extends Error {}

export interface CsvRecord {
  readonly fields: string[]
  /** The line of the file on which it begins, from 0. */
  readonly line: number
}

export class CsvReader {
  readonly #text: string
  readonly #delimiter: string
  #at = 0
  #line = 0
  #fields = 0

  constructor(text: string, delimiter: string) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text
    this.#delimiter = delimiter
  }

  /** The next record; undefined at the end. */
  next(): CsvRecord | undefined {
    this.#skipEmptyLines()
    if (this.#at >= this.#text.length) return undefined
    const line = this.#line
    const fields = this.#record()
    if (this.#fields === 0) this.#fields = fields.length
    if (fields.length !== this.#fields) throw new CsvError(`record on line ${line + 1}: wrong number of fields`)
    return { fields, line }
  }

  #record(): string[] {
    const fields: string[] = []
    for (;;) {
      fields.push(this.#text[this.#at] === '"' ? this.#quoted() : this.#plain())
      if (this.#text[this.#at] === this.#delimiter) this.#at++
      else {
        this.#skipNewline()
        return fields
      }
    }
  }

  #plain(): string {
    const start = this.#at
    while (this.#at < this.#text.length && !this.#isEnd()) {
      if (this.#text[this.#at] === '"') throw this.#stray('bare " in non-quoted field', this.#at)
      this.#at++
    }
    return this.#text.slice(start, this.#at)
  }

  #quoted(): string {
    let value = ''
    let start = ++this.#at
    for (;;) {
      const quote = this.#text.indexOf('"', start)
      if (quote < 0) throw this.#stray('extraneous or missing " in quoted-field', this.#text.length)
      value += this.#text.slice(this.#at, quote)
      this.#at = quote + 1
      if (this.#text[this.#at] !== '"') break
      value += '"'
      start = ++this.#at
    }
    if (this.#at < this.#text.length && !this.#isEnd()) {
      throw this.#stray('extraneous or missing " in quoted-field', this.#at - 1)
    }
    this.#line += value.split('\n').length - 1
    return value.replaceAll('\r\n', '\n')
  }

  /** Whether a field ends here. */
  #isEnd(): boolean {
    const character = this.#text[this.#at]
    return (
      character === this.#delimiter || character === '\n' || (character === '\r' && this.#text[this.#at + 1] === '\n')
    )
  }

  #skipNewline(): void {
    if (this.#text[this.#at] === '\r') this.#at++
    if (this.#text[this.#at] === '\n') this.#at++
    this.#line++
  }

  #skipEmptyLines(): void {
    while (this.#text[this.#at] === '\n' || (this.#text[this.#at] === '\r' && this.#text[this.#at + 1] === '\n')) {
      this.#skipNewline()
    }
  }

  #stray(what: string, at: number): CsvError {
    const before = this.#text.slice(0, at)
    const line = before.split('\n').length
    const column = at - (before.lastIndexOf('\n') + 1) + 1
    return new CsvError(`parse error on line ${line}, column ${column}: ${what}`)
  }
}
