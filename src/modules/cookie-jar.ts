/**
 * Cookie jars: the one of every VU, and those that scripts make with `new http.CookieJar()`.
 *
 * Shape   scripts see the class CookieJar; modules use the functions below, which scripts cannot reach
 * Life    a VU's jar lasts for one iteration, or for ever with option noCookiesReset
 * Errors  the methods throw HostError for a wrong URL or date; cookies that a jar does not accept (another domain,
 *         malformed) are left out in silence, as in browsers
 * Source  RFC 6265 through tough-cookie; k6's documentation of CookieJar
 */
import { createRequire } from 'node:module'
import type { CookieJar as Jar } from 'tough-cookie'
import { addToList, type HeaderList } from '../net/headers.js'
import { parseUrl } from '../net/url.js'
import { HostError } from '../vu/host-error.js'
import type { VirtualUser } from '../vu/virtual-user.js'

/** tough-cookie brings the list of public suffixes and takes 30 ms to load: only tests that meet a cookie should wait for it. */
const loadToughCookie = (): typeof import('tough-cookie') => createRequire(import.meta.url)('tough-cookie')

/** Go's jar, whose behaviour scripts know, has no list of public suffixes; secure cookies go to loopback hosts over http too. */
const JAR_OPTIONS = { rejectPublicSuffixes: false, allowSecureOnLocal: true, looseMode: false }

interface CookieOptions {
  readonly domain?: unknown
  readonly path?: unknown
  readonly expires?: unknown
  readonly max_age?: unknown
  readonly secure?: unknown
  readonly http_only?: unknown
}

export interface JarCookie {
  readonly name: string
  readonly value: string
}

const NO_COOKIES: readonly JarCookie[] = []

/** Reads the private store of a jar. The class sets it, because scripts must not reach the store. */
let readCookies: (jar: CookieJar, url: string) => readonly JarCookie[]
let writeCookie: (jar: CookieJar, url: string, header: string) => void

export class CookieJar {
  /** Null until there is a cookie to keep. */
  #jar: Jar | null = null

  /** Names and values of the cookies that a request to `url` would carry. */
  cookiesForURL(url?: unknown): Record<string, string[]> {
    const address = hostUrl(url)
    if (address === null) return {}
    const cookies: Record<string, string[]> = {}
    for (const { key, value } of this.#jar?.getCookiesSync(address) ?? []) {
      addToList(cookies, key, value)
    }
    return cookies
  }

  /** True also for a cookie that is refused, as on k6. */
  set(url: unknown, name: unknown, value: unknown, options?: CookieOptions | null): true {
    const address = httpUrl(url)
    const { Cookie } = loadToughCookie()
    this.#writable().setCookieSync(
      new Cookie({ key: String(name), value: String(value), ...attributes(options ?? {}) }),
      address,
      { ignoreError: true },
    )
    return true
  }

  /** Removes all cookies that a request to `url` would carry. */
  clear(url: unknown): void {
    this.#remove(url, () => true)
  }

  delete(url: unknown, name: unknown): void {
    const unwanted = String(name)
    this.#remove(url, (key) => key === unwanted)
  }

  #remove(url: unknown, isUnwanted: (name: string) => boolean): void {
    const address = httpUrl(url)
    for (const cookie of this.#jar?.getCookiesSync(address) ?? []) {
      if (!isUnwanted(cookie.key)) continue
      cookie.expires = new Date(0)
      cookie.maxAge = null
      this.#jar?.setCookieSync(cookie, address, { ignoreError: true })
    }
  }

  #writable(): Jar {
    this.#jar ??= new (loadToughCookie().CookieJar)(undefined, JAR_OPTIONS)
    return this.#jar
  }

  static {
    readCookies = (jar, url) => {
      // Most tests have no cookies, and this is called with every connect.
      if (jar.#jar === null || !URL.canParse(url)) return NO_COOKIES
      return jar.#jar.getCookiesSync(httpUrl(url)).map(({ key, value }) => ({ name: key, value }))
    }
    writeCookie = (jar, url, header) => void jar.#writable().setCookieSync(header, httpUrl(url), { ignoreError: true })
  }
}

/** Value of the `Cookie` header for a request to `url` (ws and wss count as http and https); `''` without cookies. */
export function cookieHeader(jar: CookieJar, url: string): string {
  return readCookies(jar, url)
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
}

/** The cookies that a request to `url` carries, in order. */
export function cookiesOf(jar: CookieJar, url: string): readonly JarCookie[] {
  return readCookies(jar, url)
}

/**
 * The jar keeps so many cookies of one response, as many as a browser keeps in all. A hostile head of 10 MiB has room for half a million,
 * which take seconds.
 */
const MOST_OF_RESPONSE = 3000

/** Keeps the cookies that a response of `url` sets in its header fields. Hot: called with every response; most set none. */
export function storeCookies(jar: CookieJar, url: string, fields: HeaderList): void {
  let count = 0
  for (const [name, value] of fields) {
    if (name !== 'Set-Cookie') continue
    if (++count > MOST_OF_RESPONSE || !URL.canParse(url)) return
    writeCookie(jar, url, value)
  }
}

interface VuJar {
  readonly jar: CookieJar
  readonly iteration: number
}

const vuJars = new WeakMap<VirtualUser, VuJar>()

/** The VU's own jar in the present iteration. */
export function vuJar(vu: VirtualUser): CookieJar {
  const known = vuJars.get(vu)
  if (known !== undefined && (known.iteration === vu.iteration || vu.shard.settings.noCookiesReset)) return known.jar
  const jar = new CookieJar()
  vuJars.set(vu, { jar, iteration: vu.iteration })
  return jar
}

function httpUrl(url: unknown): string {
  const text = String(url)
  const address = text.replace(/^ws(s?):/i, 'http$1:')
  if (!URL.canParse(address)) throw new HostError(unparsable(text))
  return address
}

/** Null for a URL without a host, which has no cookies. */
function hostUrl(url: unknown): string | null {
  if (url === undefined || url === null) return null
  const text = String(url)
  try {
    if (parseUrl(text).hostname === '') return null
  } catch (error) {
    throw new HostError((error as Error).message)
  }
  return httpUrl(url)
}

function unparsable(text: string): string {
  try {
    parseUrl(text)
  } catch (error) {
    return (error as Error).message
  }
  return `parse ${JSON.stringify(text)}: invalid URL for a cookie`
}

function attributes(options: CookieOptions): Record<string, unknown> {
  const given: Record<string, unknown> = { secure: Boolean(options.secure), httpOnly: Boolean(options.http_only) }
  if (isGiven(options.domain)) given['domain'] = String(options.domain).replace(/^\./, '')
  if (isGiven(options.path)) given['path'] = String(options.path)
  if (isGiven(options.expires)) given['expires'] = dateOf(options.expires)
  // 0 means "not given" in k6.
  if (Number(options.max_age)) given['maxAge'] = Number(options.max_age)
  return given
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function dateOf(value: unknown): Date {
  const date = new Date(String(value))
  if (Number.isNaN(date.getTime())) {
    throw new HostError(
      `unable to parse "expires" date string "${String(value)}": want a form like Mon, 02 Jan 2006 15:04:05 GMT`,
    )
  }
  return date
}
