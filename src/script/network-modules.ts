/**
 * Modules from the network: `import … from 'https://…'` in a script, and whatever such modules import in turn.
 *
 *   URL ─► helper of ours, if it stands in for that URL and was asked for
 *       ─► cache, while the server's max-age lasts or when the lock file has its hash
 *       ─► server (ETag), and into the cache
 *       ─► when that fails: cache, however old ─► helper of ours ─► error
 *
 * Once per URL and run. A server that cannot be reached is not tried again.
 *
 * Errors  of the bundler, at the import, with k6's texts
 * Source  docs/spec/http.md §23
 */
import { posix } from 'node:path'
import type { Loader, OnLoadResult, PartialMessage, Plugin } from 'esbuild'
import { type Download, DownloadError, download } from '../net/download.js'
import { type CachedModule, ModuleCache } from './module-cache.js'
import { integrityOf, type ModuleLock } from './module-lock.js'
import { assertShallow } from './nesting.js'
import { standInFor } from './stand-ins.js'

const NETWORK = 'network'

export interface NetworkModuleOptions {
  /** Empty: nothing is kept. */
  readonly cacheFolder: string
  readonly allowsHttp: boolean
  /** Takes the helpers that come with sockeye instead of the modules that they stand in for, without asking the network. */
  readonly prefersHelpers: boolean
  /** For a new lock file. */
  readonly ignoresLock: boolean
}

/** What became of the URLs that a script imports. */
export interface NetworkModules {
  /** By URL, as they were imported. */
  readonly contents: ReadonlyMap<string, Uint8Array>
  /** For the log. */
  readonly notices: readonly NetworkNotice[]
}

export interface NetworkNotice {
  readonly level: 'info' | 'warning'
  readonly message: string
}

interface Found {
  readonly content: Buffer
  /** What its own imports are relative to. */
  readonly finalUrl: string
  readonly contentType: string
}

/** Content types of answers that are no scripts, such as a page that says that something was not found. */
const NOT_SCRIPTS = /^(text\/html|application\/(xhtml\+xml|xml)|image\/|audio\/|video\/|font\/)/

export class NetworkLoader {
  readonly #options: NetworkModuleOptions
  readonly #lock: ModuleLock | undefined
  readonly #loaders: Readonly<Record<string, Loader>>
  readonly #cache: ModuleCache | undefined
  /** By URL; each is fetched once, however many modules import it. */
  readonly #found = new Map<string, Promise<Found>>()
  readonly #finalUrls = new Map<string, string>()
  readonly #contents = new Map<string, Uint8Array>()
  readonly #notices: NetworkNotice[] = []
  /** Servers that did not answer, and why. */
  readonly #unreachable = new Map<string, DownloadError>()

  constructor(options: NetworkModuleOptions, lock: ModuleLock | undefined, loaders: Readonly<Record<string, Loader>>) {
    this.#options = options
    this.#lock = options.ignoresLock ? undefined : lock
    this.#loaders = loaders
    this.#cache = options.cacheFolder === '' ? undefined : new ModuleCache(options.cacheFolder)
  }

  get modules(): NetworkModules {
    return { contents: this.#contents, notices: this.#notices }
  }

  plugin(): Plugin {
    return {
      name: 'sockeye-network-modules',
      setup: (build) => {
        build.onResolve({ filter: /^[a-z][a-z0-9+.-]*:\/\//i }, async ({ path, importer, namespace }) => {
          if (path.startsWith('file://')) {
            return namespace === NETWORK
              ? failed(`origin (${importer}) not allowed to load local file: ${path}`)
              : undefined
          }
          return await this.#resolve(path, path)
        })
        build.onResolve({ filter: /.*/, namespace: NETWORK }, async ({ path, importer }) => {
          if (/^(k6$|k6\/|sockeye\/|node:)/.test(path)) return undefined
          const base = this.#finalUrls.get(importer) ?? importer
          if (/^\.{0,2}\//.test(path)) return await this.#resolve(new URL(path, base).href, path)
          return failed(`The moduleSpecifier "${path}" couldn't be recognised as something k6 supports.`, [
            `"${importer}" imports it; modules from the network import by relative path or by URL`,
          ])
        })
        build.onLoad({ filter: /.*/, namespace: NETWORK }, async ({ path }) => this.#load(path))
      },
    }
  }

  async #resolve(url: string, specifier: string) {
    if (!URL.canParse(url))
      return failed(`The moduleSpecifier "${specifier}" couldn't be recognised as something k6 supports.`)
    const { protocol } = new URL(url)
    if (protocol !== 'https:' && !(protocol === 'http:' && this.#options.allowsHttp)) {
      const scheme = protocol.slice(0, -1)
      const text = `only supported schemes for imports are file and https, ${specifier} has \`${scheme}\``
      return failed(text, scheme === 'http' ? ['--allow-http-modules allows it, if you trust the network'] : [])
    }
    const helper = standInFor(url)
    if (helper !== undefined && this.#options.prefersHelpers) return this.#standIn(url, helper)
    try {
      await this.#find(url)
      return { path: url, namespace: NETWORK }
    } catch (error) {
      const failure = error as DownloadError
      if (helper === undefined || failure.isMissing || this.#lock?.has(url)) return unavailable(specifier, url, failure)
      return this.#standIn(url, helper, failure.message)
    }
  }

  #standIn(url: string, helper: { name: string; path: string }, reason?: string) {
    const why = reason === undefined ? 'as --bundled-jslib asks for' : `because it cannot be fetched: ${reason}`
    const level = reason === undefined ? 'info' : 'warning'
    this.#notice(level, `sockeye's own "${helper.name}" stands in for ${url}, ${why}`)
    return { path: helper.path }
  }

  #notice(level: NetworkNotice['level'], message: string): void {
    if (!this.#notices.some((notice) => notice.message === message)) this.#notices.push({ level, message })
  }

  /** Fetches a URL once, also when several modules import it. */
  #find(url: string): Promise<Found> {
    let found = this.#found.get(url)
    if (found === undefined) {
      found = this.#fetch(url)
      this.#found.set(url, found)
    }
    return found
  }

  async #fetch(url: string): Promise<Found> {
    const cached = await this.#cache?.read(url)
    const found = this.#isGood(url, cached) ? foundIn(cached) : await this.#fromServer(url, cached)
    this.#assertLocked(url, found.content)
    this.#finalUrls.set(url, found.finalUrl)
    this.#contents.set(url, found.content)
    return found
  }

  /** Whether the copy may be used without asking a server: it is fresh, or it is what the lock file wants. */
  #isGood(url: string, cached: CachedModule | undefined): cached is CachedModule {
    if (cached === undefined) return false
    const wanted = this.#lock?.get(url)
    return wanted === undefined ? Date.now() < cached.facts.freshUntil : wanted === integrityOf(cached.content)
  }

  async #fromServer(url: string, cached: CachedModule | undefined): Promise<Found> {
    const { host } = new URL(url)
    try {
      const known = this.#unreachable.get(host)
      if (known !== undefined) throw known
      const etag = cached?.facts.etag ?? ''
      const headers: Record<string, string> = etag === '' ? {} : { 'if-none-match': etag }
      const answer = await download(url, { headers, allowsHttp: this.#options.allowsHttp })
      const content = answer.status === 304 && cached !== undefined ? cached.content : answer.body
      const module = { content, facts: factsOf(url, answer, cached) }
      await this.#cache?.write(module)
      return foundIn(module)
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error
      if (error.status === undefined) this.#unreachable.set(host, error)
      if (cached === undefined || error.isMissing) throw error
      this.#notice('warning', `the copy of ${url} in the cache is used: it cannot be fetched: ${error.message}`)
      return foundIn(cached)
    }
  }

  #assertLocked(url: string, content: Buffer): void {
    if (this.#lock === undefined) return
    const wanted = this.#lock.get(url)
    if (wanted === undefined) {
      this.#notice('warning', `${url} is not in the lock file; sockeye deps --lock adds it`)
    } else if (wanted !== integrityOf(content)) {
      const message =
        `its content has changed: it is ${integrityOf(content)}, the lock file wants ${wanted}. ` +
        'Look at it, then accept it with: sockeye deps --lock'
      throw new DownloadError(message, { status: 200 })
    }
  }

  async #load(url: string): Promise<OnLoadResult> {
    const { content, contentType, finalUrl } = await this.#find(url)
    const isPage = NOT_SCRIPTS.test(contentType) || /^\s*<(!doctype|html)/i.test(content.toString('latin1', 0, 64))
    if (isPage) {
      const hint = finalUrl.startsWith('https://github.com/') ? ': use the address of the raw file' : ''
      return failed(`"${url}" is not JavaScript: the server says ${contentType || 'nothing about it'}${hint}`)
    }
    const extension = posix.extname(new URL(finalUrl).pathname)
    const isJson = /^application\/json\b/.test(contentType) || extension === '.json'
    assertShallow(content, url, isJson)
    const isTyped = /typescript/.test(contentType)
    return { contents: content, loader: isJson ? 'json' : isTyped ? 'ts' : (this.#loaders[extension] ?? 'js') }
  }
}

function foundIn({ content, facts: { finalUrl, contentType } }: CachedModule): Found {
  return { content, finalUrl, contentType }
}

function factsOf(url: string, { url: finalUrl, headers }: Download, cached: CachedModule | undefined) {
  const control = headers.get('cache-control') ?? ''
  const seconds = /no-cache|no-store/.test(control) ? 0 : Number(/max-age=(\d+)/.exec(control)?.[1] ?? 0)
  return {
    url,
    finalUrl,
    contentType: headers.get('content-type') ?? cached?.facts.contentType ?? '',
    etag: headers.get('etag') ?? cached?.facts.etag ?? '',
    freshUntil: Date.now() + seconds * 1000,
  }
}

function failed(text: string, notes: readonly string[] = []): { errors: PartialMessage[] } {
  return { errors: [{ text, notes: notes.map((note) => ({ text: note })) }] }
}

function unavailable(specifier: string, url: string, { message, status }: DownloadError) {
  const text = `The moduleSpecifier "${specifier}" couldn't be retrieved from the resolved url "${url}". Error : "${message}"`
  const advice =
    'without a network: install the package with npm, or save the file beside the script and import it from there'
  return failed(text, status === undefined ? [advice] : [])
}
