/**
 * Modules from the network, kept on disk, so that a test starts without it.
 *
 *   <folder>/<SHA-256 of the URL>         the text
 *   <folder>/<SHA-256 of the URL>.json    where it came from, and for how long it is good (RFC 9111, max-age and ETag only)
 *
 * A cache that cannot be read or written is none: the module is fetched.
 */
import { createHash, randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../base/write-in-folder.js'
import type { Environment } from '../net/tls.js'

export interface CachedModule {
  readonly content: Buffer
  readonly facts: CachedFacts
}

interface CachedFacts {
  readonly url: string
  /** After redirects. */
  readonly finalUrl: string
  readonly contentType: string
  readonly etag: string
  /** Epoch milliseconds; until then it is used without asking. */
  readonly freshUntil: number
}

export class ModuleCache {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async read(url: string): Promise<CachedModule | undefined> {
    const path = this.#path(url)
    try {
      const [content, facts] = await Promise.all([readFile(path), readFile(`${path}.json`, 'utf8')])
      const parsed = JSON.parse(facts) as CachedFacts
      return parsed.url === url ? { content, facts: parsed } : undefined
    } catch {
      return undefined
    }
  }

  async write({ content, facts }: CachedModule): Promise<void> {
    const path = this.#path(facts.url)
    try {
      await makeFolder(this.#folder)
      await replace(path, content)
      await replace(`${path}.json`, Buffer.from(JSON.stringify(facts, null, 2)))
    } catch {
      // A read-only home is no reason not to run a test.
    }
  }

  #path(url: string): string {
    return join(this.#folder, createHash('sha256').update(url).digest('hex'))
  }
}

/** Nobody who reads at the same time sees half a file. */
async function replace(path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, content)
  await rename(temporary, path)
}

/** In the folder that the system has for such things. */
export function defaultCacheFolder(env: Environment, platform: NodeJS.Platform = process.platform): string {
  return join(cacheHome(env, platform), 'sockeye', 'modules')
}

function cacheHome(env: Environment, platform: NodeJS.Platform): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env
  if (xdg) return xdg
  if (platform === 'win32') return local || join(homedir(), 'AppData', 'Local')
  return platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache')
}
