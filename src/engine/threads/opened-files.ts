/**
 * The files that scripts read with `open()`, from the disk or from the archive of the script. Every VU may open the files that the init code
 * of VU 0 has opened, and no others. Each thread reads a file once.
 *
 * Source  docs/spec/runner.md §4.4
 */
import { readFileSync, statSync } from 'node:fs'
import { devNull } from 'node:os'
import { dirname, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemErrorText } from '../../base/system-error.js'
import { archivedUrl } from '../../script/archive.js'
import { HostError } from '../../vu/host-error.js'

/** Contents by URL. They lie in memory that all threads share. */
type ArchivedFiles = ReadonlyMap<string, Uint8Array>

export class OpenedFiles {
  readonly #folder: string
  /** Absolute paths that may be opened; null in VU 0, which may open all. */
  readonly #allowed: ReadonlySet<string> | null
  readonly #archived: ArchivedFiles | null
  readonly #contents = new Map<string, Buffer>()
  readonly #texts = new Map<string, string>()

  constructor(folder: string, allowed: readonly string[] | null, archived: ArchivedFiles | null = null) {
    this.#folder = folder
    this.#archived = archived
    this.#allowed = allowed === null ? null : new Set(allowed)
  }

  /** True in the init code of VU 0. */
  get isLoading(): boolean {
    return this.#allowed === null
  }

  /** Absolute paths of the files opened so far. */
  get paths(): string[] {
    return [...this.#contents.keys()]
  }

  /** The absolute folder of `file`. `file` and `entry` are names of the source map: paths relative to one folder, or URLs. */
  folderOf(file: string, entry: string): string {
    if (file === entry || file.startsWith('http')) return this.#folder
    if (file.startsWith('file://')) return dirname(fileURLToPath(file))
    return resolve(this.#folder, posix.dirname(posix.relative(posix.dirname(entry), file)))
  }

  /** The text of a file, or a new ArrayBuffer when `isBinary`. Throws HostError with k6's texts. */
  open(path: string, isBinary: boolean, folder: string = this.#folder): string | ArrayBuffer {
    const absolute = this.#absolute(path, folder)
    const content = this.#read(absolute, path)
    if (isBinary) return copyOf(content)
    let text = this.#texts.get(absolute)
    if (text === undefined) {
      text = content.toString('utf8')
      this.#texts.set(absolute, text)
    }
    return text
  }

  /** The content without a copy, for callers that do not change it. The returned `path` is absolute. */
  openShared(path: string): { path: string; content: Uint8Array } | { path: string; reason: 'folder' | 'missing' } {
    const absolute = this.#absolute(path)
    const isFolder = this.#archived === null && statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true
    if (isFolder) return { path: absolute, reason: 'folder' }
    try {
      return { path: absolute, content: this.#read(absolute, path) }
    } catch {
      return { path: absolute, reason: 'missing' }
    }
  }

  #absolute(path: string, folder: string = this.#folder): string {
    return resolve(folder, path.startsWith('file://') ? fileURLToPath(path) : path)
  }

  #read(absolute: string, path: string): Buffer {
    const known = this.#contents.get(absolute)
    if (known !== undefined) return known
    if (this.#allowed !== null && !this.#allowed.has(absolute)) {
      throw new HostError(
        `open() can't be used with files that weren't previously opened during initialization (__VU==0), path: "${path}"`,
      )
    }
    const content = this.#archived === null ? readFile(absolute, path) : readArchived(this.#archived, absolute, path)
    this.#contents.set(absolute, content)
    return content
  }
}

function copyOf(content: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(content.byteLength)
  copy.set(content)
  return copy.buffer
}

function readArchived(files: ArchivedFiles, absolute: string, path: string): Buffer {
  const content = files.get(archivedUrl(absolute))
  if (content === undefined) throw new HostError(`open ${path}: no such file in the archive`)
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
}

function readFile(absolute: string, path: string): Buffer {
  try {
    const status = statSync(absolute)
    if (status.isDirectory()) throw new HostError(`open() can't be used with directories, path: "${path}"`)
    // Most devices, such as /dev/zero, never end.
    if (status.isCharacterDevice() && absolute !== devNull) {
      throw new HostError(`open() can't be used with devices, path: "${path}"`)
    }
    return readFileSync(absolute)
  } catch (error) {
    if (error instanceof HostError) throw error
    throw new HostError(`open ${absolute}: ${systemErrorText(error as NodeJS.ErrnoException)}`)
  }
}
