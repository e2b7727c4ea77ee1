/**
 * Reads the texts of flags by their kind.
 *
 * Units   durations are milliseconds
 * Errors  FlagError (ERR_INVALID_FLAG) with the texts of Go's parsers, which k6's users know
 */

import { parseDuration } from '../base/duration.js'
import { FormError, parseBoolean } from '../config/form.js'
import type { FlagDefinition } from './flag-definition.js'
import { FlagError } from './flag-errors.js'

/** The value of a flag given once or, for lists, several times. A later one replaces an earlier one. */
export function readFlag(flag: FlagDefinition, texts: readonly string[]): unknown {
  const last = texts[texts.length - 1] as string
  switch (flag.kind) {
    case 'bool':
      return readBoolean(flag, last)
    case 'int':
      return readInteger(flag, last)
    case 'duration':
      return readDuration(flag, last)
    case 'string':
      return last
    case 'optional':
      return last === '' ? 'true' : last
    case 'list':
      // `--system-tags ''` means no system tags: its list has one empty text. Other empty lists leave the default.
      return texts.flatMap((text) => (text === '' && flag.option !== 'systemTags' ? [] : text.split(',')))
    case 'repeated':
      return texts
  }
}

/** Runs a reader of a flag's text. An error that it throws then names the flag. */
export function readingFlag<T>(flag: FlagDefinition, text: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    throw FlagError.badValue(flag, text, error.message, error.hint)
  }
}

function readBoolean(flag: FlagDefinition, text: string): boolean {
  const value = parseBoolean(text)
  if (value !== undefined) return value
  throw FlagError.badValue(
    flag,
    text,
    `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
    'true or false',
  )
}

function readInteger(flag: FlagDefinition, text: string): number {
  const quoted = JSON.stringify(text)
  if (!/^[+-]?\d+$/.test(text)) {
    throw FlagError.badValue(flag, text, `strconv.ParseInt: parsing ${quoted}: invalid syntax`, 'give a whole number')
  }
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw FlagError.badValue(flag, text, `strconv.ParseInt: parsing ${quoted}: value out of range`)
}

/** Durations of flags need a unit and have no days, unlike those of options and variables. */
function readDuration(flag: FlagDefinition, text: string): number {
  const quoted = JSON.stringify(text)
  const hint = 'write it like 500ms, 30s, 1m30s'
  const days = /\d(d)/.exec(text)
  if (days !== null && parseDuration(text) !== undefined) {
    throw FlagError.badValue(flag, text, `time: unknown unit "d" in duration ${quoted}`, 'write days as hours: 24h')
  }
  if (text !== '0' && /^[+-]?(\d+(?:\.\d*)?|\.\d+)$/.test(text)) {
    throw FlagError.badValue(flag, text, `time: missing unit in duration ${quoted}`, hint)
  }
  const ms = parseDuration(text)
  if (ms === undefined) throw FlagError.badValue(flag, text, `time: invalid duration ${quoted}`, hint)
  return Math.round(ms * 1e6) / 1e6
}
