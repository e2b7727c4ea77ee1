/**
 * The log for all other code: four methods that make records. The function `emit` takes the records: on the main thread to the outputs of the
 * log, in a shard to the main thread.
 */
import { isAtLeast, type LogFields, type LogLevel, type LogRecord } from './record.js'

/** An error with a code, such as every SockeyeError. */
export interface Failure {
  readonly message: string
  /** `ERR_…`, as in docs/errors.md. */
  readonly code: string
  readonly hint?: string | undefined
  /** The message is one line, with a code frame below. */
  readonly isFramed?: boolean
}

export class Log {
  /** The least severe level that is shown; ask {@link isEnabled} before building a costly message. */
  readonly level: LogLevel
  readonly #emit: (record: LogRecord) => void
  readonly #now: () => number
  readonly #fields: LogFields

  constructor(
    level: LogLevel,
    emit: (record: LogRecord) => void,
    now: () => number = Date.now,
    fields: LogFields = {},
  ) {
    this.level = level
    this.#emit = emit
    this.#now = now
    this.#fields = fields
  }

  debug(msg: string, fields?: LogFields): void {
    this.write('debug', msg, fields)
  }

  info(msg: string, fields?: LogFields): void {
    this.write('info', msg, fields)
  }

  warning(msg: string, fields?: LogFields): void {
    this.write('warning', msg, fields)
  }

  error(msg: string, fields?: LogFields): void {
    this.write('error', msg, fields)
  }

  /** Logs an error that has a code. */
  failure({ message, code, hint, isFramed }: Failure): void {
    this.write('error', message, hint === undefined ? undefined : { hint }, { code, ...(isFramed ? { isFramed } : {}) })
  }

  write(
    level: LogLevel,
    msg: string,
    fields?: LogFields,
    more?: Pick<LogRecord, 'code' | 'place' | 'isFramed' | 'isRetold'>,
  ): void {
    if (!this.isEnabled(level)) return
    this.#emit({
      level,
      msg,
      fields: fields === undefined ? this.#fields : { ...this.#fields, ...fields },
      time: this.#now(),
      ...more,
    })
  }

  isEnabled(level: LogLevel): boolean {
    return isAtLeast(level, this.level)
  }

  /** A log that adds `fields` to every line. */
  with(fields: LogFields): Log {
    return new Log(this.level, this.#emit, this.#now, { ...this.#fields, ...fields })
  }
}
