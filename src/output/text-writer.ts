/**
 * Writes text to a file, a gzip file or stdout without ever making the caller wait: text is gathered, flushed at intervals, and
 * dropped while the target is too slow or has failed.
 *
 *   write ─► #pending (text) ─► [gzip ─►] stream (at most QUEUE_LIMIT bytes wait in it) ─► target
 *
 * Errors  `open` rejects when the target cannot be opened; any later failure (disk full, pipe closed) is logged once
 */
import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import type { Log } from '../log/log.js'
import { outputFailed } from './errors.js'

/** Bytes that may wait for a slow target; more is dropped. */
const QUEUE_LIMIT = 64 * 1024 * 1024
/** Characters that are flushed before the interval is over; so few that the garbage collector finds them young. */
const FLUSH_SIZE = 64 * 1024

export interface TextWriterOptions {
  /** A path, where `.gz` at the end means gzip; `-` is stdout. */
  readonly target: string
  /** Who writes, for messages: `json`. */
  readonly owner: string
  readonly flushIntervalMs: number
  readonly log: Log
  readonly stdout: Writable
  /** What a relative path is relative to. */
  readonly workingDirectory: string
}

export class TextWriter {
  readonly #options: TextWriterOptions
  /** Where text goes. */
  #stream: Writable | null = null
  /** Where it ends up; the same, unless it is compressed in between. */
  #end: Writable | null = null
  #pending = ''
  #pendingSamples = 0
  #dropped = 0
  #failed = false
  #timer: NodeJS.Timeout | undefined
  readonly #onError = (error: Error) => this.#fail(error)

  constructor(options: TextWriterOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    const { target, stdout, workingDirectory } = this.#options
    this.#end = target === '-' ? stdout : await openFile(resolve(workingDirectory, target))
    this.#end.on('error', this.#onError)
    this.#stream = this.#end
    if (this.#options.target.endsWith('.gz')) {
      const { createGzip } = await import('node:zlib')
      const gzip = createGzip()
      gzip.on('error', this.#onError)
      gzip.pipe(this.#end)
      this.#stream = gzip
    }
    this.#timer = setInterval(() => this.#flush(), this.#options.flushIntervalMs)
    this.#timer.unref()
  }

  /** Whether writing has become pointless. */
  get hasFailed(): boolean {
    return this.#failed
  }

  /** Hot. Takes text that holds so many samples. */
  write(text: string, samples: number): void {
    if (this.#failed) return
    this.#pending += text
    this.#pendingSamples += samples
    if (this.#pending.length >= FLUSH_SIZE) this.#flush()
  }

  /** Resolves when everything is written, or has failed. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    const [stream, end] = [this.#stream, this.#end]
    if (stream === null || end === null) return
    this.#flush()
    if (!this.#failed) await (end === this.#options.stdout ? written(end) : ended(stream, end))
    // The listener stays on files, whose errors may come late; stdout belongs to others.
    if (end === this.#options.stdout) end.removeListener('error', this.#onError)
    if (this.#dropped > 0) {
      this.#options.log.warning(`the ${this.#name()} was too slow: ${this.#dropped} samples are missing from it`)
    }
  }

  #flush(): void {
    if (this.#pending === '' || this.#stream === null || this.#failed) return
    if (this.#stream.writableLength + (this.#end as Writable).writableLength > QUEUE_LIMIT) this.#drop()
    else this.#stream.write(this.#pending)
    this.#pending = ''
    this.#pendingSamples = 0
  }

  #drop(): void {
    if (this.#dropped === 0) {
      this.#options.log.warning(`the ${this.#name()} is too slow for all samples, some are left out; the test goes on`)
    }
    this.#dropped += this.#pendingSamples
  }

  #fail(error: Error): void {
    if (this.#failed) return
    this.#failed = true
    this.#pending = ''
    clearInterval(this.#timer)
    if (this.#end !== this.#options.stdout) this.#stream?.destroy()
    this.#options.log.error(
      `the ${this.#name()} failed, its results are incomplete from here on; the test goes on: ${error.message}`,
    )
  }

  #name(): string {
    const { owner, target } = this.#options
    return `${owner} output to ${target === '-' ? 'stdout' : `'${target}'`}`
  }
}

function openFile(path: string): Promise<Writable> {
  return new Promise((resolve, reject) => {
    const file = createWriteStream(path)
    file.once('error', (error) => reject(outputFailed(`could not open '${path}': ${error.message}`, error)))
    file.once('open', () => {
      file.removeAllListeners('error')
      resolve(file)
    })
  })
}

/** Resolves when everything that was written before has left the process or failed. */
function written(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

function ended(stream: Writable, end: Writable): Promise<void> {
  return new Promise((resolve) => {
    end.once('close', resolve)
    stream.end()
  })
}
