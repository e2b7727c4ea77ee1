/**
 * An error that comes before there is a log: two lines for a person at a terminal, otherwise a line of the log, as on k6.
 */
import { formatJson, formatText, type LogFormat } from './format.js'
import type { Failure } from './log.js'
import type { LogFields } from './record.js'

/** `isWatched`: it goes to a terminal. */
export function withoutLog(failure: Failure, format: LogFormat, isWatched: boolean, now = Date.now()): string {
  const { message, code, hint, isFramed = false } = failure
  const fields: LogFields = hint === undefined ? {} : { hint }
  const record = { level: 'error', msg: message, fields, time: now, code, isFramed } as const
  if (format === 'json') return formatJson(record)
  if (format === 'text' && !isWatched) return formatText(record)
  return `${message}\n${hint === undefined ? '' : `  hint ${hint}\n`}`
}
