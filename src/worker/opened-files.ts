/**
 * The files that scripts read with `open()`. Whatever the init code of VU 0 opens may be opened by every VU; nothing else.
 * Each thread reads a file once.
 *
 * Source  reference/runner.md §4.4
 */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HostError } from '../vu/host-error.js'

export class OpenedFiles {
  readonly #folder: string
  /** Absolute paths that may be opened; null while VU 0 decides. */
  readonly #allowed: ReadonlySet<string> | null
  readonly #contents = new Map<string, Buffer>()
  readonly #texts = new Map<string, string>()

  constructor(folder: string, allowed: readonly string[] | null) {
    this.#folder = folder
    this.#allowed = allowed === null ? null : new Set(allowed)
  }

  /** Absolute paths of everything opened so far. */
  get paths(): string[] {
    return [...this.#contents.keys()]
  }

  /** Text, or a fresh ArrayBuffer when `isBinary`. */
  open(path: string, isBinary: boolean): string | ArrayBuffer {
    const absolute = resolve(this.#folder, path.startsWith('file://') ? fileURLToPath(path) : path)
    const content = this.#read(absolute, path)
    if (isBinary)
      return content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength) as ArrayBuffer
    let text = this.#texts.get(absolute)
    if (text === undefined) {
      text = content.toString('utf8')
      this.#texts.set(absolute, text)
    }
    return text
  }

  #read(absolute: string, path: string): Buffer {
    const known = this.#contents.get(absolute)
    if (known !== undefined) return known
    if (this.#allowed !== null && !this.#allowed.has(absolute)) {
      throw new HostError(
        `open() can't be used with files that weren't previously opened during initialization (__VU==0), path: "${path}"`,
      )
    }
    const content = readFile(absolute, path)
    this.#contents.set(absolute, content)
    return content
  }
}

function readFile(absolute: string, path: string): Buffer {
  try {
    if (statSync(absolute).isDirectory()) throw new HostError(`open() can't be used with directories, path: "${path}"`)
    return readFileSync(absolute)
  } catch (error) {
    if (error instanceof HostError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new HostError(`open ${path}: ${code === 'ENOENT' ? 'no such file or directory' : message}`)
  }
}
