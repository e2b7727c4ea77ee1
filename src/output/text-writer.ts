/**
 * Writes text to a file, a gzip file or stdout. Text is gathered and flushed at intervals.
 *
 *   write ─► #pending (text) ─► [gzip ─►] stream (its queue) ─► target
 *
 * A target that is too slow holds up the writer of the text, who must await `room()`. With `?drop` it loses what its queue has no room for.
 *
 * Errors  `open` rejects with ERR_OUTPUT_FAILED when the target cannot be opened; any later failure (disk full, pipe closed, a target
 *         that takes nothing) is logged once
 */
import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import type { Log } from '../log/log.js'
import { couldNotOpen } from './errors.js'
import type { Delivery } from './output.js'

/** Bytes that may wait for a slow target before it holds up the test. */
const SOFT_QUEUE_LIMIT = 4 * 1024 * 1024
/** Bytes that may wait before text is dropped, with `?drop`. */
const HARD_QUEUE_LIMIT = 64 * 1024 * 1024
/** Characters that are flushed before the interval is over. A longer text would outlive the young generation of the garbage collector. */
const FLUSH_SIZE = 64 * 1024
/** A target that has taken nothing for this time has failed. */
const STALL_LIMIT_MS = 30_000

export interface TextWriterOptions {
  readonly target: FileTarget
  /** The output that writes, as messages name it: `json`. */
  readonly owner: string
  readonly flushIntervalMs: number
  readonly log: Log
  readonly stdout: Writable
  /** What a relative path is relative to. */
  readonly workingDirectory: string
}

export interface FileTarget {
  /** Where `.gz` at the end means gzip; `-` is stdout. */
  readonly path: string
  readonly drops: boolean
}

/** Reads the argument of an output, `FILE` or `FILE?drop`. */
export function fileTarget(text: string): FileTarget {
  return text.endsWith('?drop') ? { path: text.slice(0, -'?drop'.length), drops: true } : { path: text, drops: false }
}

/** As an absolute path; undefined for stdout. */
export function fileOf({ path }: FileTarget, workingDirectory: string): string | undefined {
  return path === '-' ? undefined : resolve(workingDirectory, path)
}

export class TextWriter {
  readonly #options: TextWriterOptions
  /** The stream that text is written to; null before the start. */
  #stream: Writable | null = null
  /** Where it ends up; the same, unless it is compressed in between. */
  #end: Writable | null = null
  #pending = ''
  #pendingSamples = 0
  #dropped = 0
  #delivered = 0
  /** Samples that the stream has not finished yet, or that came after it had failed. */
  #undelivered = 0
  /** Flushes that the stream has not finished. */
  #onTheWay = 0
  #lastProgress = Date.now()
  #failure: Error | null = null
  #waiting: (() => void)[] = []
  #onFailure: () => void = () => {}
  #flushTimer: NodeJS.Timeout | undefined
  #stallTimer: NodeJS.Timeout | undefined
  readonly #onError = (error: Error) => this.#fail(error)
  readonly #onDrain = () => this.#release()

  constructor(options: TextWriterOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    const { target, stdout, workingDirectory, flushIntervalMs } = this.#options
    this.#end = target.path === '-' ? stdout : await openFile(resolve(workingDirectory, target.path))
    this.#end.on('error', this.#onError)
    this.#stream = this.#end
    if (target.path.endsWith('.gz')) {
      const { createGzip } = await import('node:zlib')
      const gzip = createGzip()
      gzip.on('error', this.#onError)
      gzip.pipe(this.#end)
      this.#stream = gzip
    }
    this.#stream.on('drain', this.#onDrain)
    this.#flushTimer = setInterval(() => this.#flush(), flushIntervalMs).unref()
    this.#stallTimer = setInterval(() => this.#watchProgress(), STALL_LIMIT_MS / 10).unref()
  }

  /** Hot. Takes text that holds so many samples. */
  write(text: string, samples: number): void {
    if (this.#failure !== null) {
      this.#undelivered += samples
      return
    }
    this.#pending += text
    this.#pendingSamples += samples
    if (this.#pending.length >= FLUSH_SIZE) this.#flush()
  }

  /** Undefined when there is room for more; otherwise a promise that resolves when there is, or when the target fails. */
  room(): Promise<void> | undefined {
    if (this.#failure !== null || this.#options.target.drops || this.#queued <= SOFT_QUEUE_LIMIT) return undefined
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Resolves when everything is written, or has failed. */
  async close(): Promise<void> {
    clearInterval(this.#flushTimer)
    const [stream, end] = [this.#stream, this.#end]
    if (stream === null || end === null) return
    this.#flush()
    if (this.#failure === null) await (end === this.#options.stdout ? this.#written(end) : this.#ended(stream, end))
    clearInterval(this.#stallTimer)
    this.#release()
    stream.removeListener('drain', this.#onDrain)
    // The listener stays on files, whose errors may come late; stdout belongs to others.
    if (end === this.#options.stdout) end.removeListener('error', this.#onError)
  }

  delivery(): Delivery {
    return {
      unit: 'samples',
      delivered: this.#delivered,
      lost: this.#dropped + this.#undelivered,
      ...(this.#failure !== null && { lastError: this.#failure.message }),
      ...(this.#failure === null && this.#dropped > 0 && { lastError: 'it was too slow' }),
      // What `?drop` drops was agreed to, and a pipe is closed by a reader that has seen enough.
      isFatal: this.#options.target.path !== '-' && this.#failure !== null,
    }
  }

  get #queued(): number {
    return (this.#stream?.writableLength ?? 0) + (this.#end === this.#stream ? 0 : (this.#end?.writableLength ?? 0))
  }

  #flush(): void {
    if (this.#pending === '' || this.#stream === null || this.#failure !== null) return
    const samples = this.#pendingSamples
    if (this.#options.target.drops && this.#queued > HARD_QUEUE_LIMIT) this.#drop(samples)
    else this.#send(this.#stream, this.#pending, samples)
    this.#pending = ''
    this.#pendingSamples = 0
  }

  #send(stream: Writable, text: string, samples: number): void {
    if (this.#onTheWay === 0) this.#lastProgress = Date.now()
    this.#onTheWay++
    this.#undelivered += samples
    stream.write(text, (error) => {
      this.#onTheWay--
      this.#lastProgress = Date.now()
      if (error) return
      this.#undelivered -= samples
      this.#delivered += samples
    })
  }

  #drop(samples: number): void {
    if (this.#dropped === 0) {
      this.#options.log.warning(`the ${this.#name()} is too slow for all samples, some are left out; the test goes on`)
    }
    this.#dropped += samples
  }

  #watchProgress(): void {
    if (this.#onTheWay === 0 || Date.now() - this.#lastProgress < STALL_LIMIT_MS) return
    this.#fail(new Error(`it has taken nothing for ${STALL_LIMIT_MS / 1000} s`))
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return
    this.#failure = error
    this.#undelivered += this.#pendingSamples
    this.#pending = ''
    clearInterval(this.#flushTimer)
    clearInterval(this.#stallTimer)
    this.#release()
    this.#onFailure()
    if (this.#end !== this.#options.stdout) {
      this.#stream?.destroy()
      this.#end?.destroy()
    }
    this.#options.log.error(
      `the ${this.#name()} failed, its results are incomplete from here on; the test goes on: ${error.message}`,
    )
  }

  #release(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #name(): string {
    const { owner, target } = this.#options
    return `${owner} output to ${target.path === '-' ? 'stdout' : `'${target.path}'`}`
  }

  /** Resolves when everything that was written before has left the process or failed. */
  #written(stream: Writable): Promise<void> {
    return new Promise((resolve) => {
      this.#onFailure = resolve
      stream.write('', () => resolve())
    })
  }

  #ended(stream: Writable, end: Writable): Promise<void> {
    return new Promise((resolve) => {
      this.#onFailure = resolve
      end.once('close', resolve)
      stream.end()
    })
  }
}

function openFile(path: string): Promise<Writable> {
  return new Promise((resolve, reject) => {
    const file = createWriteStream(path)
    file.once('error', (error) => reject(couldNotOpen(path, error)))
    file.once('open', () => {
      file.removeAllListeners('error')
      resolve(file)
    })
  })
}
