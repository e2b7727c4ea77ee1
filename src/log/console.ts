/** The `console` of scripts: five methods and no others, each a log line from source "console". */
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
      // Formatting is the costly part, so it waits until somebody wants the line.
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
