/**
 * Tar files in memory: what goes in, and what is in one. Regular files, folders and hard links; long names as pax headers.
 *
 * Errors  readTar throws ArchiveError (ERR_ARCHIVE) for what is no tar file, or ends too early
 */
import type { Parser } from 'tar'
import type { EntryTypeName } from 'tar/types'
import { ArchiveError } from './errors.js'

export interface TarEntry {
  readonly path: string
  /** Undefined for folders and links. */
  readonly content?: Uint8Array
  /** Path of another entry, for a hard link. */
  readonly link?: string
}

const BLOCK = 512
/** All entries together, in bytes; a compressed archive may hold much more than it has. */
const MOST_CONTENT = 1024 ** 3

/** Whole, or as it is read. */
export type TarSource = Uint8Array | AsyncIterable<Uint8Array>
const MAGIC = 'ustar'
const MAGIC_AT = 257

/** Looks at the beginning of a file. */
export function isTar(head: Uint8Array): boolean {
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1', MAGIC_AT, MAGIC_AT + 5) === MAGIC
}

export async function packTar(entries: readonly TarEntry[], modifiedAt: Date): Promise<Buffer> {
  const { Header, Pax } = await import('tar')
  const parts: Uint8Array[] = []
  for (const { path, content, link } of entries) {
    const type: EntryTypeName = link !== undefined ? 'Link' : content === undefined ? 'Directory' : 'File'
    const size = content?.length ?? 0
    const mode = type === 'Directory' ? 0o755 : 0o644
    const data = { path, linkpath: link, type, size, mode, mtime: modifiedAt, uid: 0, gid: 0, uname: '', gname: '' }
    const header = new Header(data)
    if (header.encode()) parts.push(new Pax({ path, linkpath: link, size }).encode())
    parts.push(header.block as Buffer, content ?? new Uint8Array(), new Uint8Array(padding(size)))
  }
  return Buffer.concat([...parts, new Uint8Array(2 * BLOCK)])
}

/** Reads no further than the entries may have bytes together. */
export async function readTar(name: string, source: TarSource, most = MOST_CONTENT): Promise<TarEntry[]> {
  const { Parser } = await import('tar')
  return await new Promise((resolve, reject) => {
    const entries: TarEntry[] = []
    const fail = (error: Error): void =>
      reject(new ArchiveError(`"${name}" is not a tar file: ${error.message}`, error))
    let size = 0
    const parser = new Parser({
      strict: true,
      onReadEntry: (entry) => {
        const chunks: Uint8Array[] = []
        entry.on('data', (chunk: Uint8Array) => {
          size += chunk.length
          if (size <= most) chunks.push(chunk)
          else parser.abort(new Error(`its files have over ${most} bytes together`))
        })
        entry.on('end', () => {
          if (entry.type === 'Link') entries.push({ path: entry.path, link: entry.linkpath ?? '' })
          else if (entry.type === 'File') entries.push({ path: entry.path, content: Buffer.concat(chunks) })
        })
      },
    })
    let isOver = false
    parser.on('error', (error) => {
      isOver = true
      fail(error)
    })
    parser.on('end', () => resolve(entries))
    feed(parser, source, () => isOver).catch(fail)
  })
}

async function feed(parser: Parser, source: TarSource, isOver: () => boolean): Promise<void> {
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    if (isOver()) return
    parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
  }
  if (!isOver()) parser.end()
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}
