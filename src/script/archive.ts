/**
 * A test in one file: the script, everything it imports and opens, its options and its environment, as an uncompressed tar.
 *
 *   metadata.json           options, environment, where the main script was
 *   data                    the main script
 *   sockeye/bundle.js       the script with its imports in one text, and its source map: what runs, wherever it runs
 *   sockeye/bundle.js.map
 *   file/<absolute path>    every file that was imported or opened; the main script is a link to `data`
 *   https/<host>/<path>     what k6 loaded over the network
 *
 * An archive of k6 has no bundle and is bundled when it is run. A bundle that does not match the sources beside it is refused. Names of
 * users in paths are replaced by `nobody`.
 *
 * Errors  ArchiveError (ERR_ARCHIVE)
 * Source  docs/spec/runner.md §1.5
 */
import { createHash } from 'node:crypto'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isTooDeep } from '../base/nested-data.js'
import type { Bundle } from './bundle.js'
import { ArchiveError } from './errors.js'
import { packTar, readTar, type TarEntry, type TarSource } from './tar.js'

export interface ArchiveMetadata {
  readonly type: 'js'
  /** As `inspect` prints them. */
  readonly options: Readonly<Record<string, unknown>>
  /** URL of the main script. */
  readonly filename: string
  /** URL of the folder that relative paths start from. */
  readonly pwd: string
  readonly env: Readonly<Record<string, string>>
  readonly compatibilityMode: 'base' | 'extended'
  readonly k6version: string
  readonly sockeyeVersion?: string
  /** SHA-256 of sources and bundle together: whoever changes one of them must make the archive again. */
  readonly sockeyeDigest?: string
  readonly goos: string
  readonly dependencies: Readonly<Record<string, string>>
}

export type ArchivedProgram = Pick<Bundle, 'code' | 'map' | 'isCommonJs'>

export interface Archive {
  readonly metadata: ArchiveMetadata
  readonly main: Uint8Array
  /** By URL. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Undefined in archives of k6. */
  readonly program: ArchivedProgram | undefined
}

const METADATA = 'metadata.json'
const MAIN = 'data'
const BUNDLE = 'sockeye/bundle.js'
const COMMONJS_BUNDLE = 'sockeye/bundle.cjs'

/** The URL under which a file is archived, without the name of the user whose folder it is in. */
export function archivedUrl(path: string): string {
  const url = /^\w\w+:\/\//.test(path) ? path : pathToFileURL(path).href
  return url.replace(/^(file:\/\/(?:\/[A-Z]:)?\/(?:home|Users)\/)[^/]+/, '$1nobody')
}

export async function writeArchive({ metadata, main, files, program }: Archive, modifiedAt: Date): Promise<Buffer> {
  const entries = [...files].map(([url, content]) => ({
    path: entryPath(url),
    ...(url === metadata.filename ? { link: MAIN } : { content }),
  }))
  // As they are called when they are read.
  const urls = new Map([
    [metadata.filename, main],
    ...[...files].map(([url, content]): [string, Uint8Array] => [urlOf(entryPath(url)) ?? url, content]),
  ])
  const digest = program === undefined ? {} : { sockeyeDigest: digestOf({ main, files: urls, program }) }
  const folders = [...new Set(entries.flatMap(({ path }) => foldersOf(path)))].map((path) => ({ path: `${path}/` }))
  return await packTar(
    [
      { path: METADATA, content: Buffer.from(`${JSON.stringify({ ...metadata, ...digest }, null, 2)}\n`) },
      { path: MAIN, content: main },
      ...(program === undefined ? [] : programEntries(program)),
      ...[...folders, ...entries].sort((a, b) => (a.path < b.path ? -1 : 1)),
    ],
    modifiedAt,
  )
}

function programEntries({ code, map, isCommonJs }: ArchivedProgram): TarEntry[] {
  const path = isCommonJs ? COMMONJS_BUNDLE : BUNDLE
  return [
    { path, content: Buffer.from(code) },
    { path: `${path}.map`, content: Buffer.from(map) },
  ]
}

/** `name` is for messages. */
export async function readArchive(name: string, source: TarSource): Promise<Archive> {
  const entries = new Map((await readTar(name, source)).map((entry) => [entry.path, entry]))
  const contentOf = (path: string): Uint8Array | undefined => {
    const entry = entries.get(path)
    return entry?.link === undefined ? entry?.content : entries.get(entry.link)?.content
  }
  const metadata = readMetadata(name, contentOf(METADATA))
  const main = contentOf(MAIN)
  if (main === undefined) throw new ArchiveError(`"${name}" is not the archive of a test: it has no entry "${MAIN}"`)
  const files = new Map<string, Uint8Array>([[metadata.filename, main]])
  for (const path of entries.keys()) {
    const url = urlOf(path)
    const content = contentOf(path)
    if (url !== undefined && content !== undefined) files.set(url, content)
  }
  const archive = { metadata, main, files, program: readProgram(contentOf) }
  return { ...archive, program: programOfSources(name, archive) }
}

function readMetadata(name: string, content: Uint8Array | undefined): ArchiveMetadata {
  if (content === undefined) throw new ArchiveError(`"${name}" is not the archive of a test: it has no ${METADATA}`)
  let metadata: Partial<ArchiveMetadata>
  try {
    metadata = JSON.parse(Buffer.from(content).toString('utf8')) as Partial<ArchiveMetadata>
  } catch (error) {
    throw new ArchiveError(`${METADATA} of the archive "${name}" is no JSON: ${(error as Error).message}`, error)
  }
  if (typeof metadata !== 'object' || metadata === null || isTooDeep(metadata)) {
    throw new ArchiveError(`${METADATA} of the archive "${name}" is not the object that it should be`)
  }
  const { type, filename, pwd, env, compatibilityMode } = metadata
  if (type !== 'js') throw new ArchiveError(`the archive "${name}" holds a test of an unknown type "${type}"`)
  if (!isFileUrl(filename) || !isFileUrl(pwd)) {
    throw new ArchiveError(`${METADATA} of the archive "${name}" does not say where the script was (filename, pwd)`)
  }
  for (const key of ['options', 'env', 'dependencies'] as const) {
    const value: unknown = metadata[key] ?? {}
    if (typeof value === 'object' && !Array.isArray(value)) continue
    throw new ArchiveError(`${METADATA} of the archive "${name}" has ${key} that are no object`)
  }
  if (Object.values(env ?? {}).some((value: unknown) => typeof value !== 'string')) {
    throw new ArchiveError(`${METADATA} of the archive "${name}" has variables in env that are no texts`)
  }
  return {
    type,
    options: metadata.options ?? {},
    filename,
    pwd,
    env: env ?? {},
    compatibilityMode: compatibilityMode === 'base' ? 'base' : 'extended',
    k6version: metadata.k6version ?? '',
    ...(metadata.sockeyeVersion === undefined ? {} : { sockeyeVersion: metadata.sockeyeVersion }),
    ...(metadata.sockeyeDigest === undefined ? {} : { sockeyeDigest: metadata.sockeyeDigest }),
    goos: metadata.goos ?? '',
    dependencies: metadata.dependencies ?? {},
  }
}

/** The file need not exist here. */
function isFileUrl(url: unknown): url is string {
  if (typeof url !== 'string') return false
  try {
    fileURLToPath(url)
    return true
  } catch {
    return false
  }
}

/** What ties a bundle to the sources that it was made from. */
function digestOf({ main, files, program }: Pick<Archive, 'main' | 'files' | 'program'>): string {
  const hash = createHash('sha256')
  const parts: [string, Uint8Array][] = [
    [MAIN, main],
    ...[...files].sort(([a], [b]) => (a < b ? -1 : 1)),
    [BUNDLE, Buffer.from(program?.code ?? '')],
    [`${BUNDLE}.map`, Buffer.from(program?.map ?? '')],
  ]
  for (const [path, content] of parts) hash.update(`${path.length} ${path} ${content.length} `).update(content)
  return hash.digest('hex')
}

/** A bundle that says nothing of its sources is not trusted: then the script is bundled again. */
function programOfSources(name: string, archive: Archive): ArchivedProgram | undefined {
  const { sockeyeDigest } = archive.metadata
  if (archive.program === undefined || sockeyeDigest === undefined) return undefined
  if (sockeyeDigest === digestOf(archive)) return archive.program
  throw new ArchiveError(`in the archive "${name}" the bundle does not match its sources: one of them was changed`)
}

function readProgram(contentOf: (path: string) => Uint8Array | undefined): ArchivedProgram | undefined {
  for (const path of [BUNDLE, COMMONJS_BUNDLE]) {
    const [code, map] = [contentOf(path), contentOf(`${path}.map`)]
    if (code === undefined || map === undefined) continue
    const isCommonJs = path === COMMONJS_BUNDLE
    return { code: Buffer.from(code).toString('utf8'), map: Buffer.from(map).toString('utf8'), isCommonJs }
  }
  return undefined
}

/** `file:///home/nobody/a.js` ─► `file/home/nobody/a.js` */
function entryPath(url: string): string {
  return decodeURIComponent(url.replace(/:\/\/\/?/, '/'))
}

function urlOf(path: string): string | undefined {
  const [, scheme, rest = ''] = /^(file|https?)\/(.+)$/.exec(path) ?? []
  if (scheme === 'file') return pathToFileURL(/^[A-Z]:/.test(rest) ? rest : `/${rest}`).href
  return scheme === undefined ? undefined : `${scheme}://${rest}`
}

/** `a/b/c.js` ─► `a`, `a/b` */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
}
