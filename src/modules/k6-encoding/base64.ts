/**
 * Base64 in the four forms of `k6/encoding`. Node's own decoder ignores wrong characters; here they are errors that name the place.
 *
 * Shape   std `+/` and `=`; url `-_` and `=`; rawstd, rawurl without `=`. Line ends are skipped
 * Errors  HostError `illegal base64 data at input byte N`, N from 0
 * Source  RFC 4648
 */
import { HostError } from '../../vu/host-error.js'

export interface Base64Form {
  readonly isUrl: boolean
  readonly isPadded: boolean
  /** 1 for each byte that is a digit. */
  readonly digits: Uint8Array
}

const COMMON = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function form(isUrl: boolean, isPadded: boolean): Base64Form {
  const digits = new Uint8Array(256)
  for (const byte of Buffer.from(COMMON + (isUrl ? '-_' : '+/'))) digits[byte] = 1
  return { isUrl, isPadded, digits }
}

const STD = form(false, true)
const FORMS: ReadonlyMap<unknown, Base64Form> = new Map([
  ['std', STD],
  ['rawstd', form(false, false)],
  ['url', form(true, true)],
  ['rawurl', form(true, false)],
])

/** An unknown name stands for `std`, as on k6. */
export function formOf(name: unknown): Base64Form {
  return FORMS.get(name) ?? STD
}

export function encodeBase64(bytes: Uint8Array, { isUrl, isPadded }: Base64Form): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString(isUrl ? 'base64url' : 'base64')
  if (!isPadded) return text.replace(/=+$/, '')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

export function decodeBase64(text: string, form: Base64Form): Buffer {
  const input = Buffer.from(text)
  const wrong = firstWrongByte(input, form)
  if (wrong !== undefined) throw new HostError(`illegal base64 data at input byte ${wrong}`)
  return Buffer.from(text, 'base64')
}

const [LINE_FEED, CARRIAGE_RETURN, EQUALS] = [10, 13, 61]

/** The offset of the first wrong byte; undefined when all are right. */
function firstWrongByte(input: Uint8Array, form: Base64Form): number | undefined {
  const at = (from: number): number => skipLineEnds(input, from)
  let inGroup = 0
  let i = at(0)
  for (; i < input.length; i = at(i + 1)) {
    const byte = input[i] as number
    if (byte === EQUALS && form.isPadded) return wrongPadding(input, i, inGroup)
    if (form.digits[byte] !== 1) return i
    inGroup = (inGroup + 1) % 4
  }
  // The last group has fewer than four digits. Without padding two or three are allowed.
  return inGroup === 0 || (!form.isPadded && inGroup > 1) ? undefined : i - inGroup
}

/** `start` is the first `=`, after `inGroup` digits of its group. Two digits need two `=`, three need one, and nothing may follow. */
function wrongPadding(input: Uint8Array, start: number, inGroup: number): number | undefined {
  if (inGroup < 2) return start
  let end = skipLineEnds(input, start + 1)
  if (inGroup === 2) {
    if (end === input.length || input[end] !== EQUALS) return end
    end = skipLineEnds(input, end + 1)
  }
  return end < input.length ? end : undefined
}

function skipLineEnds(input: Uint8Array, from: number): number {
  let i = from
  while (input[i] === LINE_FEED || input[i] === CARRIAGE_RETURN) i++
  return i
}
