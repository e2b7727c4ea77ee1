/** The `console` of scripts. It has these five methods only. Each writes a log line with the source "console". */
import { formatConsoleArguments } from './console-format.js'
import type { Log } from './log.js'
import type { LogLevel } from './record.js'

export interface ScriptConsole {
  log(...values: unknown[]): void
  info(...values: unknown[]): void
  debug(...values: unknown[]): void
  warn(...values: unknown[]): void
  error(...values: unknown[]): void
}

export function createConsole(log: Log): ScriptConsole {
  const lines = log.with({ source: 'console' })
  const method =
    (level: LogLevel) =>
    (...values: unknown[]): void => {
      // Formatting is most of the work, so it is done only for lines that are shown.
      if (lines.isEnabled(level)) lines.write(level, formatConsoleArguments(values))
    }
  return {
    log: method('info'),
    info: method('info'),
    debug: method('debug'),
    warn: method('warning'),
    error: method('error'),
  }
}
