/**
 * From what the user named to where the script is: a file, standard input, a URL, or an archive,
 * which may lie in a store.
 *
 * Errors  ScriptLoadError for what is not there; ArchiveError; ERR_INPUT_TYPE for a type that does not exist
 */
import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { devNull } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Archive, readArchive } from './archive.js'
import { ArchiveError, ScriptLoadError } from './errors.js'
import { isTar, type TarSource } from './tar.js'

export interface ScriptSource {
  /** As the user gave it: a path, a URL, or `-` for standard input. */
  readonly name: string
  /** Absolute; undefined for standard input and URLs. */
  readonly path?: string
  /** Where relative imports and `open()` start. */
  readonly folder: string
  /** Text of standard input, or what stands for a URL; files are read from disk. */
  readonly text?: string
  readonly archive?: Archive
}

export interface LocateOptions {
  readonly cwd: string
  readonly readStdin: (limit: number) => Promise<Uint8Array>
  readonly readStored?: ((reference: string) => Promise<Uint8Array>) | undefined
  /** `js` or `archive`; empty finds out. */
  readonly type?: string
}

const HEAD = 512
/** Bytes. What is in it is kept in memory. */
const LARGEST_ARCHIVE = 1024 ** 3

export async function locateScript(argument: string, options: LocateOptions): Promise<ScriptSource> {
  const { cwd, readStdin, readStored, type = '' } = options
  if (type !== '' && type !== 'js' && type !== 'archive') throw ScriptLoadError.unknownType(type, argument)
  if (argument === '-') {
    const content = await readStdin(LARGEST_ARCHIVE)
    if (content.byteLength > LARGEST_ARCHIVE) throw tooLarge('standard input')
    if (isArchive(content, type)) return await fromArchive(argument, content)
    return { name: argument, folder: cwd, text: Buffer.from(content).toString('utf8') }
  }
  if (readStored !== undefined && argument.startsWith('nats:')) {
    return await fromArchive(argument.replace(/@.*/, ''), await readStored(argument))
  }
  if (/^https?:\/\//i.test(argument)) return { name: argument, folder: cwd, text: scriptFrom(argument) }
  const path = resolve(cwd, argument.startsWith('file://') ? pathOf(argument) : argument)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw ScriptLoadError.notFound(argument)
  if (found.isDirectory()) throw ScriptLoadError.isFolder(argument)
  // Most of them never end.
  if (found.isCharacterDevice() && path !== devNull) throw ScriptLoadError.isDevice(argument)
  const head = await readHead(path).catch((error: Error) => {
    throw ScriptLoadError.unreadable(argument, error)
  })
  if (isArchive(head, type)) {
    if (found.size > LARGEST_ARCHIVE) throw tooLarge(`"${argument}"`)
    return await fromArchive(argument, createReadStream(path))
  }
  return { name: argument, path, folder: dirname(path) }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw ScriptLoadError.notAFileUrl(url, error as Error)
  }
}

function tooLarge(what: string): ArchiveError {
  return new ArchiveError(`${what} has over ${LARGEST_ARCHIVE} bytes`)
}

/** A script from the network is a module from the network: fetched, kept and locked like one that a script imports. */
function scriptFrom(url: string): string {
  const from = JSON.stringify(url)
  return `import * as script from ${from}\nexport * from ${from}\nexport default script.default\n`
}

/** Bytes of the main script. */
export async function readMain({ archive, text, path }: ScriptSource): Promise<Uint8Array> {
  if (archive !== undefined) return archive.main
  return text === undefined ? await readFile(path as string) : Buffer.from(text)
}

function isArchive(head: Uint8Array, type: string): boolean {
  return type === '' ? isTar(head) : type === 'archive'
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function fromArchive(name: string, content: TarSource): Promise<ScriptSource> {
  const archive = await readArchive(name, content)
  return { name, folder: fileURLToPath(archive.metadata.pwd), archive }
}
