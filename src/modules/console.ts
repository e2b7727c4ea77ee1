/**
 * The console of a VU: log, info, debug, warn, error; nothing else, as in k6.
 *
 * Source  reference/metrics-and-modules.md §4.4
 */
import { formatConsoleArguments } from '../log/console-format.js'
import type { LogLevel } from '../log/record.js'
import type { VirtualUser } from '../vu/virtual-user.js'

export interface ScriptConsole {
  log(...args: unknown[]): void
  info(...args: unknown[]): void
  debug(...args: unknown[]): void
  warn(...args: unknown[]): void
  error(...args: unknown[]): void
}

const FIELDS = { source: 'console' }

export function createConsole(vu: VirtualUser): ScriptConsole {
  const write =
    (level: LogLevel) =>
    (...args: unknown[]): void =>
      vu.shard.log(level, formatConsoleArguments(args), FIELDS)
  const info = write('info')
  return { log: info, info, debug: write('debug'), warn: write('warning'), error: write('error') }
}
