/**
 * A log line before it is formatted: plain data, so that a shard's thread can send it to the main thread.
 *
 * Units   `time` is milliseconds since 1970, wall clock
 */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error'
export type LogFields = Readonly<Record<string, string | number | boolean>>

export interface LogRecord {
  readonly level: LogLevel
  readonly msg: string
  readonly fields: LogFields
  readonly time: number
  /** The code `ERR_…` of an error that ends the run, or of an exception. Only the format `json` shows it: text lines are like k6's. */
  readonly code?: string
  /** The place in the script, `file:line:column`, when the message does not have it. */
  readonly place?: string
  /** Only the first line is the message. A code frame follows, which text lines show below it. */
  readonly isFramed?: boolean
  /** It tells of an error that another line has told of, and does not count as one more. */
  readonly isRetold?: boolean
  /** How many further lines of the same kind this record stands for, see fold.ts. */
  readonly repeats?: number
}

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warning: 2, error: 3 }

/** Whether a line of `level` is shown when `least` is the least severe level wanted. */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return SEVERITY[level] >= SEVERITY[least]
}

const NAMES: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  fatal: 'error',
  panic: 'error',
}

/** Reads a level: in upper or lower case, with usual names such as `warn` and `warning`. Undefined for other texts. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const name = text.toLowerCase()
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
}
