/** Quotes values in text log lines as Go's %q does, which log collectors for this format expect. */

/** Whether a value must be quoted to stand in `key=value`. An empty value stands as it is. */
export function needsQuotes(text: string): boolean {
  return !/^[A-Za-z0-9\-._/@^+]*$/.test(text)
}

const SHORT: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

/** Characters that are escaped: quotes, backslashes, and what has no visible form. A plain space is not escaped. */
const SPECIAL = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu

export function quote(text: string): string {
  return `"${text.replace(SPECIAL, escapeCharacter)}"`
}

function escapeCharacter(character: string): string {
  const short = SHORT[character]
  if (short !== undefined) return short
  const code = character.codePointAt(0) as number
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  // Half of a surrogate pair has no UTF-8 form, and would be written as the replacement character in any case.
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
