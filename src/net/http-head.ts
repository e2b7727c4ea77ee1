/**
 * The head of an HTTP/1.x response, taken apart: what responses of HTTP and answers to WebSocket handshakes have in common.
 *
 * Shape   text with one character per byte; lines may still have their carriage return
 * Source  RFC 9112 §2.2, §4, §5
 */
import { canonicalHeaderName, fromLatin1, isToken } from './headers.js'

/** Index behind the empty line that ends the head, -1 while there is none. Lines may end in a bare line feed. */
export function endOfHead(text: string, from = 0): number {
  const regular = text.indexOf('\n\r\n', from)
  const bare = text.indexOf('\n\n', from)
  if (bare >= 0 && (regular < 0 || bare < regular)) return bare + 2
  return regular < 0 ? -1 : regular + 3
}

/** `HTTP/1.1 200 OK` → version, code, reason. Null when it has no two words. */
export function splitStatusLine(line: string): { version: string; code: string; reason: string } | null {
  const [, version, rest] = /^([^ ]*) +(.*)$/s.exec(line) ?? []
  if (version === undefined || rest === undefined) return null
  const [code = '', ...words] = rest.split(' ')
  return { version, code, reason: words.join(' ') }
}

/** The name in canonical form, and the value. Null when the line is no field. */
export function parseField(line: string): [name: string, value: string] | null {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon)
  if (colon < 0 || !isToken(name)) return null
  return [canonicalHeaderName(name), fromLatin1(line.slice(colon + 1).trim())]
}

/** A line that begins with a blank continues the one before. The first line stays as it is. */
export function unfold(lines: string[]): string[] {
  if (!lines.some(isContinued)) return lines
  const unfolded: string[][] = []
  for (const line of lines) {
    if (isContinued(line) && unfolded.length > 0) unfolded.at(-1)!.push(line.trim())
    else unfolded.push([line])
  }
  return unfolded.map(([first, ...others]) => [withoutLineEnd(first!), ...others].join(' '))
}

export function isContinued(line: string): boolean {
  return line.startsWith(' ') || line.startsWith('\t')
}

export function withoutLineEnd(line: string): string {
  return line.replace(/\r?\n?$/, '')
}

/** For messages. */
export function quote(text: string): string {
  return JSON.stringify(fromLatin1(text.length > 100 ? `${text.slice(0, 100)}…` : text))
}
