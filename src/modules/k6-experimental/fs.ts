/**
 * Module `k6/experimental/fs`: files that all virtual users read, each with a position of its own. A thread has the content once.
 *
 * Errors  Error subclasses named TypeError, NotFoundError, InvalidResourceError, ForbiddenError, EOFError, with k6's texts
 * Source  docs/spec/http.md §24.1
 */
import { basename } from 'node:path'
import type { BuiltinModule } from '../module.js'

export const k6Fs: BuiltinModule = {
  create: (vu, world) => ({
    File,
    SeekMode,
    open: async (path?: unknown) => {
      if (vu.phase !== 'init') {
        throw fsError('ForbiddenError', 'open() failed; reason: opening a file is allowed only in the Init context')
      }
      if (path === undefined || path === null) {
        throw new TypeError('open() failed; reason: path cannot be null or undefined')
      }
      if (path === '') throw new TypeError('open() failed; reason: path cannot be empty')
      const opened = world.environment.openShared(String(path))
      if ('content' in opened) return new File(opened.path, opened.content)
      if (opened.reason === 'folder') {
        throw fsError('InvalidResourceError', `cannot open "${opened.path}": opening a directory is not supported`)
      }
      throw fsError('NotFoundError', `no such file or directory "${opened.path}"`)
    },
  }),
}

const SeekMode = Object.freeze({ Start: 0, Current: 1, End: 2 })

/** The content of a file, for other modules; scripts cannot reach it. */
export let contentOf: (file: File) => Uint8Array

export class File {
  readonly path: string
  readonly #content: Uint8Array
  #position = 0
  static {
    contentOf = (file) => file.#content
  }

  constructor(path: string, content: Uint8Array) {
    this.path = path
    this.#content = content
  }

  async stat(): Promise<{ name: string; size: number }> {
    return { name: basename(this.path), size: this.#content.length }
  }

  /** Copies bytes from the position on into `into`. Gives their number, or null at the end of the file. */
  async read(into?: unknown): Promise<number | null> {
    if (into === undefined || into === null) {
      throw new TypeError('read() failed; reason: into argument cannot be null or undefined')
    }
    if (!(into instanceof Uint8Array)) throw new TypeError('read() failed; reason: into argument must be a Uint8Array')
    if (into.length === 0) return 0
    const bytes = this.#content.subarray(this.#position, this.#position + into.length)
    if (bytes.length === 0) return null
    into.set(bytes)
    this.#position += bytes.length
    return bytes.length
  }

  /** Gives the new position, counted from the start. */
  async seek(offset?: unknown, whence?: unknown): Promise<number> {
    const target = this.#target(offset, whence)
    if (target < 0) throw new TypeError('seeking before start of file')
    if (target > this.#content.length) throw new TypeError('seeking beyond end of file')
    this.#position = target
    return target
  }

  #target(offset: unknown, whence: unknown): number {
    const failed = (reason: string): TypeError => new TypeError(`seek() failed; reason: ${reason}`)
    if (offset === undefined || offset === null) throw failed('the offset argument cannot be null or undefined')
    if (typeof offset !== 'number' || !Number.isFinite(offset)) throw failed('the offset argument must be a number')
    if (whence === undefined || whence === null) throw failed('the whence argument cannot be null or undefined')
    const by = Math.trunc(offset)
    switch (whence) {
      case SeekMode.Start:
        if (by < 0) throw new TypeError('offset cannot be negative when using SeekModeStart')
        return by
      case SeekMode.Current:
        return this.#position + by
      case SeekMode.End:
        if (by > 0) throw new TypeError('offset cannot be positive when using SeekModeEnd')
        return this.#content.length + by
      default:
        throw failed('the whence argument must be a SeekMode')
    }
  }
}

function fsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}
