/**
 * The targets of formatted lines: a stream of the process, a file, or none.
 *
 * Errors  a sink never throws and never ends the run. Its first failure (closed pipe, full disk) is passed to `onFailure`; after that it drops
 *         all lines
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { Writable } from 'node:stream'

export interface LogSink {
  /** Takes whole lines. Returns false when it wants no more until `onReady` is called. */
  write(text: string): boolean
  /** Calls back once, when the sink takes text again or has failed. */
  onReady(callback: () => void): void
  /** Resolves when all that was written has left this process, or the sink has failed. */
  close(): Promise<void>
}

export type OnSinkFailure = (error: Error) => void

export class StreamSink implements LogSink {
  readonly #stream: Writable
  readonly #onError: (error: Error) => void
  #failed = false
  #waiting: (() => void)[] = []

  constructor(stream: Writable, onFailure: OnSinkFailure = () => {}) {
    this.#stream = stream
    this.#onError = (error) => {
      if (!this.#failed) onFailure(error)
      this.#failed = true
      this.#wake()
    }
    // It stays after close(): a late EPIPE without a listener would end the process.
    stream.on('error', this.#onError)
    stream.on('drain', () => this.#wake())
  }

  write(text: string): boolean {
    if (this.#failed) return true
    return this.#stream.write(text)
  }

  onReady(callback: () => void): void {
    if (this.#failed || !this.#stream.writableNeedDrain) callback()
    else this.#waiting.push(callback)
  }

  async close(): Promise<void> {
    if (this.#failed || this.#stream.writableLength === 0) return
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
      this.#stream.write('', () => resolve())
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const callback of waiting) callback()
  }
}

/** Appends to a file with synchronous writes, so that all lines are in the file even when the process dies. */
export class FileSink implements LogSink {
  readonly #path: string
  readonly #onFailure: OnSinkFailure
  #fd: number | undefined

  /** Throws what opening the file throws. `mode` is used when the file is created. */
  constructor(path: string, mode: number, onFailure: OnSinkFailure = () => {}) {
    this.#path = path
    this.#onFailure = onFailure
    this.#fd = openSync(path, 'a', mode)
  }

  write(text: string): boolean {
    if (this.#fd === undefined) return true
    try {
      const bytes = Buffer.from(text)
      let written = 0
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written)
    } catch (error) {
      this.#release()
      this.#onFailure(new Error(`${this.#path}: ${(error as Error).message}`, { cause: error }))
    }
    return true
  }

  onReady(callback: () => void): void {
    callback()
  }

  async close(): Promise<void> {
    this.#release()
  }

  #release(): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd === undefined) return
    try {
      fsyncSync(fd)
    } catch {
      // A device or a pipe cannot be synced, and needs not be.
    }
    try {
      closeSync(fd)
    } catch {
      // A write error has been reported before.
    }
  }
}

export const NULL_SINK: LogSink = {
  write: () => true,
  onReady: (callback) => callback(),
  close: async () => {},
}
