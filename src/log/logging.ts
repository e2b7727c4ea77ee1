/**
 * The log of one run, with the outputs, format and level that the user wants. It lives on the main thread, and takes the lines of the main
 * thread and of shards.
 *
 *   Log (main thread) ──────────┐            ┌─ console lines, if they have a file of their own ─► LineBuffer ─► file
 *   shard's Log ─► LogRelay ────┴─► receive ─┴─ everything else ─────────────────────────────────► LineBuffer ─► stderr, …, or LokiPusher
 *                                   (repeated lines are folded there, see fold.ts)
 *
 * Errors  createLogging throws LogOutputError; nothing else here throws. An output that fails is reported once, on stderr
 */
import type { Writable } from 'node:stream'
import { type LogDestination, parseLogDestination } from './destination.js'
import { LogFolder } from './fold.js'
import { createFormatter, type LineFormatter, parseLogFormat } from './format.js'
import { LineBuffer } from './line-buffer.js'
import { Log } from './log.js'
import { LokiPusher, type LokiSettings } from './loki.js'
import { LogOutputError } from './output-error.js'
import { isAtLeast, type LogLevel, type LogRecord } from './record.js'
import { Redactor } from './redactor.js'
import type { LogBatch } from './relay.js'
import { FileSink, type LogSink, NULL_SINK, StreamSink } from './sink.js'

export type LogStream = Writable & { readonly isTTY?: boolean }

/** Writes a chunk of lines meant for `stream`; returns what `stream.write` returned. */
type WriteThrough = (text: string, stream: LogStream) => boolean

/** How often the counts of repeated lines are written, in ms. */
const FOLD_INTERVAL = 1000

export interface LoggingOptions {
  /** The value of --log-output; stderr by default. */
  readonly output?: string
  /** The value of --log-format. */
  readonly format?: string
  readonly verbose?: boolean
  readonly colors?: boolean
  /** The value of --console-output: a file for what scripts print. */
  readonly consoleOutput?: string
  readonly stdout: LogStream
  readonly stderr: LogStream
  readonly now?: () => number
  /** When the process started, in ms since 1970. */
  readonly startedAt: number
  /** All lines are shown, however often they come. */
  readonly every?: boolean
  /** False when a terminal cannot place the cursor (TERM=dumb): lines are then as in a file. */
  readonly smartTerminal?: boolean
}

export interface Logging {
  readonly log: Log
  readonly level: LogLevel
  /** Replaces these texts in all lines from now on. */
  conceal(secrets: readonly string[]): void
  /** Replaces secrets in a text, so that it may be shown. */
  redact(text: string): string
  /** Takes a shard's batch; calls back when the shard may send the next. */
  receive(batch: LogBatch, acknowledge: () => void): void
  /**
   * From now on `write` writes every chunk of lines that goes to a terminal, so that progress bars stay below the log. Undefined ends that.
   */
  writeThrough(write: WriteThrough | undefined): void
  /** The last records of the log, oldest first, without secrets. */
  recent(): readonly LogRecord[]
  /** Writes all held lines at once, because the process is about to end. */
  flush(): void
  close(): Promise<void>
}

/** How many records are kept for views of the run. */
const KEPT_RECORDS = 200

export function createLogging(options: LoggingOptions): Logging {
  return new RunLogging(options)
}

class RunLogging implements Logging {
  readonly log: Log
  readonly level: LogLevel
  readonly #now: () => number
  readonly #main: Outlet
  readonly #console: Outlet | undefined
  readonly #folder: LogFolder | undefined
  readonly #redactor = new Redactor()
  #through: WriteThrough | undefined
  #foldTimer: NodeJS.Timeout | undefined
  #recent: LogRecord[] = []

  constructor(options: LoggingOptions) {
    this.#folder = options.every ? undefined : new LogFolder((record) => this.#route(record, false))
    this.level = options.verbose ? 'debug' : 'info'
    this.#now = options.now ?? Date.now
    this.#main = this.#openMain(options)
    this.#console = this.#openConsole(options)
    this.log = new Log(this.level, (record) => this.#route(record, record.fields['source'] !== 'console'), this.#now)
  }

  conceal(secrets: readonly string[]): void {
    for (const secret of secrets) this.#redactor.add(secret)
  }

  redact(text: string): string {
    return this.#redactor.redact(text)
  }

  receive(batch: LogBatch, acknowledge: () => void): void {
    this.conceal(batch.secrets ?? [])
    if (this.#folder === undefined) for (const record of batch.records) this.#route(record, false)
    else this.#fold(this.#folder, batch.records)
    if (batch.dropped > 0) this.#main.countDropped(batch.dropped)
    const main = this.#main
    const ofConsole = this.#console
    main.whenRoomy(ofConsole === undefined ? acknowledge : () => ofConsole.whenRoomy(acknowledge))
  }

  writeThrough(write: WriteThrough | undefined): void {
    this.#through = write
  }

  recent(): readonly LogRecord[] {
    return this.#recent.slice(-KEPT_RECORDS)
  }

  flush(): void {
    this.#tellFolded()
    this.#console?.flush()
    this.#main.flush()
  }

  async close(): Promise<void> {
    this.#tellFolded()
    await this.#console?.close()
    await this.#main.close()
  }

  #fold(folder: LogFolder, records: LogBatch['records']): void {
    for (const record of records) folder.take(record)
    if (!folder.hasFolded || this.#foldTimer !== undefined) return
    this.#foldTimer = setTimeout(() => this.#tellFolded(), FOLD_INTERVAL)
    this.#foldTimer.unref()
  }

  #tellFolded(): void {
    clearTimeout(this.#foldTimer)
    this.#foldTimer = undefined
    this.#folder?.flush()
  }

  #route(record: LogRecord, urgent: boolean): void {
    const outlet = this.#console !== undefined && record.fields['source'] === 'console' ? this.#console : this.#main
    if (!isAtLeast(record.level, outlet.level)) return
    const shown = this.#redactor.redactRecord(record)
    this.#keep(shown)
    outlet.write(shown, urgent)
  }

  #keep(record: LogRecord): void {
    this.#recent.push(record)
    if (this.#recent.length > 2 * KEPT_RECORDS) this.#recent = this.#recent.slice(-KEPT_RECORDS)
  }

  #openMain(options: LoggingOptions): Outlet {
    const destination = parseLogDestination(options.output ?? 'stderr')
    if (destination.kind === 'loki') return lokiOutlet(destination.settings, options)
    const stream = destination.kind === 'stdout' ? options.stdout : options.stderr
    const tty = destination.kind !== 'file' && stream.isTTY === true && options.smartTerminal !== false
    const format = createFormatter({
      format: parseLogFormat(options.format),
      tty,
      colors: options.colors ?? false,
      startedAt: options.startedAt,
    })
    const level = destination.kind === 'file' ? (destination.level ?? 'debug') : 'debug'
    return this.#outlet(this.#openSink(destination, options, tty), format, level)
  }

  #openSink(destination: TextDestination, options: LoggingOptions, tty: boolean): LogSink {
    switch (destination.kind) {
      case 'none':
        return NULL_SINK
      case 'file':
        return openFile(destination.path, 0o600, 'log file', options.stderr)
      case 'stdout':
      case 'stderr': {
        const stream = destination.kind === 'stdout' ? options.stdout : options.stderr
        const sink = new StreamSink(stream)
        return tty ? new TerminalSink(sink, stream, () => this.#through) : sink
      }
      default:
        return destination satisfies never
    }
  }

  #openConsole(options: LoggingOptions): Outlet | undefined {
    if (options.consoleOutput === undefined || options.consoleOutput === '') return undefined
    const sink = openFile(options.consoleOutput, 0o644, 'console output', options.stderr)
    const format = createFormatter({
      format: parseLogFormat(options.format),
      tty: false,
      colors: false,
      startedAt: options.startedAt,
    })
    return this.#outlet(sink, (record) => format(withoutSource(record)), 'debug')
  }

  #outlet(sink: LogSink, format: LineFormatter, level: LogLevel): Outlet {
    const buffer = new LineBuffer(sink, { droppedLine: (count) => format(droppedRecord(count, this.#now())) })
    return {
      level,
      write: (record, urgent) => buffer.write(format(record), urgent),
      countDropped: (count) => buffer.countDropped(count),
      whenRoomy: (callback) => buffer.whenRoomy(callback),
      flush: () => buffer.flush(),
      close: () => buffer.close(),
    }
  }
}

type TextDestination = Exclude<LogDestination, { readonly kind: 'loki' }>

/** An output of the log: what {@link LineBuffer} does for lines, it does for records of at least its level. */
interface Outlet {
  readonly level: LogLevel
  write(record: LogRecord, urgent: boolean): void
  countDropped(count: number): void
  whenRoomy(callback: () => void): void
  flush(): void
  close(): Promise<void>
}

/** Lines for Loki are always raw. stderr only gets messages about what Loki did not take. */
function lokiOutlet(settings: LokiSettings, { startedAt, stderr }: LoggingOptions): Outlet {
  const format = createFormatter({ format: 'raw', tty: false, colors: false, startedAt })
  const pusher = new LokiPusher(
    settings,
    (record) => format(record).replace(/\n$/, ''),
    (message) => stderr.write(`${message}\n`),
  )
  return {
    level: settings.level ?? 'debug',
    write: (record) => pusher.write(record),
    countDropped: (count) => pusher.countDropped(count),
    whenRoomy: (callback) => callback(),
    // A push cannot be finished at once; close() waits for it.
    flush: () => {},
    close: () => pusher.close(),
  }
}

/** The sink of a terminal. A progress view may write its text. */
class TerminalSink implements LogSink {
  readonly #sink: StreamSink
  readonly #stream: LogStream
  readonly #through: () => WriteThrough | undefined

  constructor(sink: StreamSink, stream: LogStream, through: () => WriteThrough | undefined) {
    this.#sink = sink
    this.#stream = stream
    this.#through = through
  }

  write(text: string): boolean {
    const through = this.#through()
    return through === undefined ? this.#sink.write(text) : through(text, this.#stream)
  }

  onReady(callback: () => void): void {
    this.#sink.onReady(callback)
  }

  close(): Promise<void> {
    return this.#sink.close()
  }
}

function openFile(path: string, mode: number, what: string, stderr: Writable): FileSink {
  const report = (error: Error) => stderr.write(`${what} ${error.message}; what follows is lost\n`)
  try {
    return new FileSink(path, mode, report)
  } catch (error) {
    const message = `${what} could not be opened: ${(error as Error).message}`
    throw new LogOutputError(message, 'give a path that can be written', error)
  }
}

function withoutSource(record: LogRecord): LogRecord {
  const { source: _, ...fields } = record.fields
  return { ...record, fields }
}

function droppedRecord(count: number, time: number): LogRecord {
  const what = count === 1 ? '1 log line was' : `${count} log lines were`
  const msg = `${what} dropped: more came than could be written`
  return { level: 'warning', msg, fields: {}, time }
}
