/**
 * `sockeye/httpx`: requests that share a base URL, headers and tags. It replaces jslib's httpx and has the same exports.
 */
import http from 'k6/http'

type Body = Parameters<typeof http.request>[2]
type Params = Record<string, unknown> & { headers?: Record<string, string>; tags?: Record<string, string> }
type Response = ReturnType<typeof http.request>

interface HttpxOptions {
  readonly baseURL?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
  /** Milliseconds, or a text such as `10s`. */
  readonly timeout?: number | string
}

/** A request for `batch`. */
export class Request {
  readonly method: string
  readonly url: string
  readonly body: Body
  readonly params: Params

  constructor(method: string, url: string, body?: Body, params: Params = {}) {
    this.method = method
    this.url = url
    this.body = body ?? null
    this.params = params
  }
}

export class Get extends Request {
  constructor(url: string, _body?: null, params?: Params) {
    super('GET', url, null, params)
  }
}

export class Head extends Request {
  constructor(url: string, _body?: null, params?: Params) {
    super('HEAD', url, null, params)
  }
}

export class Post extends Request {
  constructor(url: string, body?: Body, params?: Params) {
    super('POST', url, body, params)
  }
}

export class Put extends Request {
  constructor(url: string, body?: Body, params?: Params) {
    super('PUT', url, body, params)
  }
}

export class Patch extends Request {
  constructor(url: string, body?: Body, params?: Params) {
    super('PATCH', url, body, params)
  }
}

export class Delete extends Request {
  constructor(url: string, body?: Body, params?: Params) {
    super('DELETE', url, body, params)
  }
}

export class Options extends Request {
  constructor(url: string, body?: Body, params?: Params) {
    super('OPTIONS', url, body, params)
  }
}

export class Httpx {
  baseURL: string
  headers: Record<string, string>
  tags: Record<string, string>
  timeout: number | string | undefined

  constructor({ baseURL = '', headers = {}, tags = {}, timeout }: HttpxOptions = {}) {
    this.baseURL = baseURL
    this.headers = { ...headers }
    this.tags = { ...tags }
    this.timeout = timeout
  }

  setBaseUrl(url: string): void {
    this.baseURL = url
  }

  addHeader(name: string, value: string): void {
    this.headers[name] = value
  }

  addHeaders(headers: Readonly<Record<string, string>>): void {
    Object.assign(this.headers, headers)
  }

  removeHeader(name: string): void {
    delete this.headers[name]
  }

  clearHeaders(): void {
    this.headers = {}
  }

  addTag(name: string, value: string): void {
    this.tags[name] = value
  }

  addTags(tags: Readonly<Record<string, string>>): void {
    Object.assign(this.tags, tags)
  }

  removeTag(name: string): void {
    delete this.tags[name]
  }

  clearTags(): void {
    this.tags = {}
  }

  request(method: string, url: string, body?: Body, params?: Params): Response {
    return http.request(method as never, this.#url(url), body ?? null, this.#params(params) as never)
  }

  asyncRequest(method: string, url: string, body?: Body, params?: Params): Promise<Response> {
    return http.asyncRequest(method as never, this.#url(url), body ?? null, this.#params(params) as never)
  }

  get(url: string, _body?: null, params?: Params): Response {
    return this.request('GET', url, null, params)
  }

  head(url: string, _body?: null, params?: Params): Response {
    return this.request('HEAD', url, null, params)
  }

  post(url: string, body?: Body, params?: Params): Response {
    return this.request('POST', url, body, params)
  }

  put(url: string, body?: Body, params?: Params): Response {
    return this.request('PUT', url, body, params)
  }

  patch(url: string, body?: Body, params?: Params): Response {
    return this.request('PATCH', url, body, params)
  }

  delete(url: string, body?: Body, params?: Params): Response {
    return this.request('DELETE', url, body, params)
  }

  del(url: string, body?: Body, params?: Params): Response {
    return this.request('DELETE', url, body, params)
  }

  options(url: string, body?: Body, params?: Params): Response {
    return this.request('OPTIONS', url, body, params)
  }

  /** Sends all requests at the same time; `params` are for each of them. */
  batch(requests: readonly Request[], params: Params = {}): Response[] {
    return http.batch(
      requests.map((request) => ({
        method: request.method,
        url: this.#url(request.url),
        body: request.body,
        params: this.#params(merged(params, request.params)),
      })) as never,
    ) as never
  }

  #url(url: string): string {
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `${this.baseURL}${url}`
  }

  #params(params: Params = {}): Params {
    const common: Params = { headers: this.headers, tags: this.tags }
    if (this.timeout !== undefined) common['timeout'] = this.timeout
    return merged(common, params)
  }
}

/** Headers and tags of both. Where both say something, the second counts. */
function merged(a: Params, b: Params): Params {
  return { ...a, ...b, headers: { ...a.headers, ...b.headers }, tags: { ...a.tags, ...b.tags } }
}

export default { Httpx, Request, Get, Head, Post, Put, Patch, Delete, Options }
