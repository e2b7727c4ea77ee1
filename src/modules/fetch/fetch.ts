/**
 * `fetch(input, init)` of the standard. It uses the connections of the VU and the metrics `http_*`. Cookies of the VU's jar are used only with
 * `credentials: 'include'`.
 *
 * Source  Fetch Standard; docs/spec/http.md §16, §17
 */

import { canonicalHeaderName } from '../../net/headers.js'
import { HttpError } from '../../net/http/errors.js'
import { targetOf } from '../../net/http/target.js'
import { UrlError } from '../../net/url.js'
import { CallSite } from '../../vu/call-site.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { httpOf } from '../k6-http/http-vu.js'
import { fetchClasses } from './classes.js'
import { FetchCall, type FetchRequest } from './fetch-call.js'

export function createFetch(vu: VirtualUser): (input: unknown, init?: unknown) => Promise<Response> {
  return async function fetch(input, init) {
    const site = new CallSite(fetch)
    if (vu.phase === 'init')
      throw new TypeError('fetch failed', {
        cause: new Error('requests are made by virtual users, not in the init context'),
      })
    const { Request } = fetchClasses()
    const request = new Request(input as string, init as RequestInit)
    request.signal.throwIfAborted()
    const prepared = await prepare(vu, request, site)
    request.signal.throwIfAborted()
    return await new Promise<Response>((resolve, reject) => {
      new FetchCall(httpOf(vu), prepared, resolve, reject).start()
    })
  }
}

/** Sent unless the script says otherwise. */
const DEFAULT_HEADERS: readonly (readonly [string, string])[] = [
  ['Accept', '*/*'],
  ['Accept-Encoding', 'gzip, deflate, br'],
]

async function prepare(vu: VirtualUser, request: Request, site: CallSite): Promise<FetchRequest> {
  const headers = new Map<string, string>()
  for (const [name, value] of request.headers) headers.set(canonicalHeaderName(name), value)
  for (const [name, value] of DEFAULT_HEADERS) if (!headers.has(name)) headers.set(name, value)
  const userAgent = headers.get('User-Agent') ?? vu.shard.settings.userAgent
  const host = headers.get('Host')
  for (const name of ['User-Agent', 'Host', 'Content-Length', 'Transfer-Encoding', 'Connection']) headers.delete(name)
  const body = request.body === null ? null : await bodyOf(vu, request)
  return {
    hop: {
      method: request.method,
      target: targetOrFailure(request.url),
      host,
      headers,
      cookies: [],
      body,
      referer: null,
    },
    userAgent,
    redirect: request.redirect,
    usesCookies: request.credentials === 'include',
    origin: request,
    site,
  }
}

/** The bytes of the body. It may be a stream of the script, so the iteration is held until it ends. */
async function bodyOf(vu: VirtualUser, request: Request): Promise<Uint8Array> {
  const hold = vu.hold()
  try {
    return new Uint8Array(await request.arrayBuffer())
  } finally {
    vu.release(hold)
  }
}

function targetOrFailure(url: string): ReturnType<typeof targetOf> {
  try {
    return targetOf(url)
  } catch (error) {
    if (error instanceof UrlError || error instanceof HttpError) throw new TypeError('fetch failed', { cause: error })
    throw error
  }
}
