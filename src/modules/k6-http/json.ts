/**
 * Parses the JSON of `response.json()`. Its errors say where the text is wrong, with k6's words.
 *
 * Errors  `cannot parse json due to an error at line L, character C , error: reason`. L counts from 1. C is the column of the wrong
 *         character; when the text ends too early, it is the length of the last line
 * Source  docs/spec/http.md §8
 */

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw jsonError(text)
  }
}

/** Finds the place, which the error of JSON.parse does not always have. */
function jsonError(text: string): Error {
  const { at, reason } = new Scanner(text).firstError()
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - (before.lastIndexOf('\n') + 1)
  const character = at < text.length ? column + 1 : column
  return new SyntaxError(`cannot parse json due to an error at line ${line}, character ${character} , error: ${reason}`)
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON refuses them in texts
const STRING_PART = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const BLANKS = /[ \t\n\r]*/y

interface Flaw {
  readonly at: number
  readonly reason: string
}

/** Finds the first character that is wrong. It reads only texts that JSON.parse has refused, so speed does not matter. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  firstError(): Flaw {
    try {
      this.#value()
      this.#skip(BLANKS)
      if (this.#at < this.#text.length) this.#fail('after top-level value')
    } catch (thrown) {
      // A RangeError: the text is nested too deeply for this recursive scanner.
      return thrown instanceof RangeError ? { at: this.#at, reason: 'exceeded max depth' } : (thrown as Flaw)
    }
    return { at: this.#text.length, reason: 'invalid JSON' }
  }

  #value(): void {
    this.#skip(BLANKS)
    const next = this.#text[this.#at]
    if (next === '{') this.#list('}', () => this.#member())
    else if (next === '[') this.#list(']', () => this.#value())
    else if (next === '"') this.#string()
    else if (next !== undefined && /[-\d]/.test(next)) this.#number()
    else this.#word()
  }

  #list(end: string, item: () => void): void {
    this.#at++
    this.#skip(BLANKS)
    if (this.#text[this.#at] === end) {
      this.#at++
      return
    }
    for (;;) {
      item()
      this.#skip(BLANKS)
      const next = this.#text[this.#at]
      if (next !== ',' && next !== end) this.#fail(end === ']' ? 'after array element' : 'after object key:value pair')
      this.#at++
      if (next === end) return
    }
  }

  #member(): void {
    this.#skip(BLANKS)
    if (this.#text[this.#at] !== '"') this.#fail('looking for beginning of object key string')
    this.#string()
    this.#skip(BLANKS)
    if (this.#text[this.#at] !== ':') this.#fail('after object key')
    this.#at++
    this.#value()
  }

  #string(): void {
    this.#at++
    while (this.#skip(STRING_PART));
    if (this.#text[this.#at] !== '"') this.#fail('in string literal')
    this.#at++
  }

  #number(): void {
    if (!this.#skip(NUMBER)) {
      this.#at++
      this.#fail('in numeric literal')
    }
  }

  #word(): void {
    const word = ['true', 'false', 'null'].find((candidate) => candidate[0] === this.#text[this.#at])
    if (word === undefined) this.#fail('looking for beginning of value')
    for (const letter of word) {
      if (this.#text[this.#at] !== letter) this.#fail(`in literal ${word}`)
      this.#at++
    }
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0].length ?? 0
    this.#at += found
    return found > 0
  }

  #fail(where: string): never {
    const at = this.#at
    if (at >= this.#text.length) throw { at: this.#text.length, reason: 'unexpected end of JSON input' } satisfies Flaw
    throw { at, reason: `invalid character ${JSON.stringify(this.#text[at])} ${where}` } satisfies Flaw
  }
}
