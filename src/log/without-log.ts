/**
 * An error that comes before there is a log: for people as it is, for programs that asked for `json` as a line of the log.
 */
import { formatJson, type LogFormat } from './format.js'
import type { Failure } from './log.js'
import type { LogFields } from './record.js'

export function withoutLog({ message, code, hint }: Failure, format: LogFormat, now = Date.now()): string {
  const fields: LogFields = hint === undefined ? {} : { hint }
  if (format === 'json') return formatJson({ level: 'error', msg: message, fields, time: now, code })
  return `${message}\n${hint === undefined ? '' : `  hint ${hint}\n`}`
}
