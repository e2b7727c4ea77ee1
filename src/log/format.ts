/**
 * Log records as lines of text. A formatter returns one line that ends in a newline.
 *
 *   text   time="2026-11-21T05:00:00Z" level=info msg="hello world" source=console
 *   tty    INFO[0001] hello world                                   source=console
 *   json   {"level":"info","msg":"hello world","source":"console","time":"2026-11-21T05:00:00Z"}
 *   raw    hello world
 */
import { repeatsText } from './fold.js'
import type { Failure } from './log.js'
import { needsQuotes, quote } from './quote.js'
import type { LogFields, LogLevel, LogRecord } from './record.js'

export type LogFormat = 'text' | 'json' | 'raw'
export type LineFormatter = (record: LogRecord) => string

/** Reads --log-format. As on k6, an unknown format is text. */
export function parseLogFormat(text: string | undefined): LogFormat {
  return text === 'json' || text === 'raw' ? text : 'text'
}

export interface FormatOptions {
  readonly format: LogFormat
  /** The log goes to a terminal: lines are short, with seconds since the start instead of times. */
  readonly tty: boolean
  readonly colors: boolean
  /** When the process started, in ms since 1970. */
  readonly startedAt: number
}

export function createFormatter(options: FormatOptions): LineFormatter {
  if (options.format === 'json') return formatJson
  const format = lineFormatter(options)
  return (record) => format(record.repeats === undefined ? record : toldOnce(record))
}

function lineFormatter({ format, tty, startedAt, colors }: FormatOptions): LineFormatter {
  if (format === 'raw') return tty ? (record) => `${printable(record.msg)}\n` : formatRaw
  return tty ? (record) => formatTty(record, startedAt, colors) : formatText
}

/** A record that stands for others, with all that they have in common in its text. */
function toldOnce(record: LogRecord): LogRecord {
  return { level: record.level, msg: repeatsText(record), fields: {}, time: record.time }
}

export function formatText(record: LogRecord): string {
  const [msg, frame] = record.isFramed === true ? (record.msg.split(/\n(.*)/s, 2) as [string, string?]) : [record.msg]
  let line = `time="${rfc3339(record.time)}" level=${record.level} msg=${value(msg)}`
  for (const [key, field] of sortedFields(record.fields)) line += ` ${key}=${value(field)}`
  return frame === undefined ? `${line}\n` : `${line}\n${frame}\n`
}

const LEVEL_COLORS: Readonly<Record<LogLevel, number>> = { debug: 37, info: 36, warning: 33, error: 31 }
const MESSAGE_COLUMNS = 44

export function formatTty(record: LogRecord, startedAt: number, colors: boolean): string {
  const paint = (text: string) => (colors ? `\x1b[${LEVEL_COLORS[record.level]}m${text}\x1b[0m` : text)
  const seconds = Math.max(0, Math.floor((record.time - startedAt) / 1000))
  const label = paint(record.level.slice(0, 4).toUpperCase())
  let line = `${label}[${String(seconds).padStart(4, '0')}] ${padColumns(printable(record.msg.replace(/\n$/, '')))} `
  for (const [key, field] of sortedFields(record.fields)) line += ` ${paint(key)}=${value(field)}`
  return `${line}\n`
}

function formatJson(record: LogRecord): string {
  const entries: [string, string | number | boolean][] = [
    ['level', record.level],
    ['msg', record.msg],
    ['time', rfc3339(record.time)],
    ...(record.code === undefined ? [] : [['code', record.code] as [string, string]]),
    ...(record.repeats === undefined ? [] : [['count', record.repeats] as [string, number]]),
    ...sortedFields(record.fields),
  ]
  return `${JSON.stringify(Object.fromEntries(entries.sort(byKey)))}\n`
}

function formatRaw(record: LogRecord): string {
  return `${record.msg}\n`
}

/** RFC 3339 with whole seconds in the local time zone: 2026-11-21T05:00:00+02:00, with Z at Greenwich. */
export function rfc3339(time: number): string {
  const offsetMinutes = -new Date(time).getTimezoneOffset()
  const local = new Date(time + offsetMinutes * 60_000).toISOString().slice(0, 19)
  if (offsetMinutes === 0) return `${local}Z`
  const minutes = Math.abs(offsetMinutes)
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${clock}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g

/** Text of a script or a target must not move the cursor, change colours or clear the screen. New lines and tabs stay. */
function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function value(field: string | number | boolean): string {
  const text = String(field)
  return needsQuotes(text) ? quote(text) : text
}

/** Fields in order of their keys. A field with the name of a part of the line, such as `msg`, gets a prefix. */
function sortedFields(fields: LogFields): [string, string | number | boolean][] {
  const entries = Object.entries(fields)
  for (const entry of entries)
    if (entry[0] === 'time' || entry[0] === 'level' || entry[0] === 'msg') entry[0] = `fields.${entry[0]}`
  return entries.sort(byKey)
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}

/** Pads to a number of characters. An emoji counts as one, though it has two UTF-16 units. */
function padColumns(text: string): string {
  const missing = MESSAGE_COLUMNS - (text.length >= MESSAGE_COLUMNS * 2 ? text.length : Array.from(text).length)
  return missing > 0 ? text + ' '.repeat(missing) : text
}

/**
 * The text of an error that comes before there is a log. `isWatched`: it goes to a terminal, where it has two lines; elsewhere it is a line of
 * the log, as on k6.
 */
export function withoutLog(failure: Failure, format: LogFormat, isWatched: boolean, now = Date.now()): string {
  const { message, code, hint, isFramed = false } = failure
  const fields: LogFields = hint === undefined ? {} : { hint }
  const record = { level: 'error', msg: message, fields, time: now, code, isFramed } as const
  if (format === 'json') return formatJson(record)
  if (format === 'text' && !isWatched) return formatText(record)
  return `${message}\n${hint === undefined ? '' : `  hint ${hint}\n`}`
}
