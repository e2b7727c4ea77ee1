/** The helpers that come with sockeye, and the URLs that they stand in for. */

declare module 'sockeye/utils' {
  /** A whole number from `min` to `max`, both possible. */
  export function randomIntBetween(min: number, max: number): number
  export function randomItem<T>(items: ArrayLike<T>): T
  /** Letters `a` to `z` unless `charset` says otherwise. */
  export function randomString(length: number, charset?: string): string
  /** A UUID of version 4; `secure` takes it from the system's generator. */
  export function uuidv4(secure?: boolean): string
  /** The text between two others, null if there is none; all of them with `repeat`. */
  export function findBetween(content: string, left: string, right: string): string | null
  export function findBetween(content: string, left: string, right: string, repeat: true): string[]
  /** Stages whose targets follow a bell curve. */
  export function normalDistributionStages(
    maxVUs: number,
    durationSeconds: number,
    numberOfStages?: number,
  ): { duration: string; target: number }[]
  /** `check` of `k6`, which also takes promises and async functions. */
  export function check<T>(
    value: T | Promise<T>,
    sets: Record<string, boolean | ((value: T) => boolean | Promise<boolean>)>,
    tags?: Record<string, string>,
  ): boolean | Promise<boolean>
  export function getCurrentStageIndex(): number
  /** Sets the tag `stage` of the virtual user. */
  export function tagWithCurrentStageIndex(): void
  /** Sets the tag `stage_profile`: `ramp-up`, `steady`, `ramp-down` or `done`. */
  export function tagWithCurrentStageProfile(): void
}

declare module 'sockeye/summary' {
  export function textSummary(
    data: unknown,
    options?: {
      indent?: string
      enableColors?: boolean
      summaryTimeUnit?: string
      summaryTrendStats?: readonly string[]
    },
  ): string
  export function jUnit(data: unknown, options?: { name?: string; classname?: string }): string
  export function humanizeValue(value: number, metric: { type: string; contains: string }, timeUnit?: string): string
}

declare module 'sockeye/html-report' {
  /** The data of `handleSummary` as one HTML page. */
  export function htmlReport(data: unknown, options?: { title?: string }): string
}

declare module 'sockeye/expect' {
  /** A group; the first assertion that fails ends it, and only it. False when one failed. */
  export function describe(name: string, body: () => void): boolean
  /** chai's `expect`; every assertion is a check. */
  export const expect: any
  export const chai: any
  export default chai
}

declare module 'sockeye/papaparse' {
  export const parse: (text: string, config?: object) => any
  export const unparse: (data: unknown, config?: object) => string
  const papaparse: { parse: typeof parse; unparse: typeof unparse }
  export default papaparse
}

declare module 'sockeye/url' {
  /** The globals, where the project has types for them. */
  export const URL: typeof globalThis extends { URL: infer T } ? T : any
  export const URLSearchParams: typeof globalThis extends { URLSearchParams: infer T } ? T : any
  const url: { URL: typeof URL; URLSearchParams: typeof URLSearchParams }
  export default url
}

declare module 'sockeye/formdata' {
  /** A multipart body by hand. */
  export class FormData {
    readonly boundary: string
    append(
      name: string,
      value:
        | string
        | number
        | boolean
        | { data: string | ArrayBuffer | ArrayBufferView; filename?: string; content_type?: string },
    ): void
    body(): ArrayBuffer
  }
}

declare module 'sockeye/httpx' {
  import type { Params, RefinedResponse, RequestBody, ResponseType } from 'k6/http'

  type Response = RefinedResponse<ResponseType | undefined>
  type Body = RequestBody | null

  /** A request for `batch`. */
  export class Request {
    constructor(method: string, url: string, body?: Body, params?: Params)
  }
  export class Get extends Request {
    constructor(url: string, body?: null, params?: Params)
  }
  export class Head extends Request {
    constructor(url: string, body?: null, params?: Params)
  }
  export class Post extends Request {
    constructor(url: string, body?: Body, params?: Params)
  }
  export class Put extends Request {
    constructor(url: string, body?: Body, params?: Params)
  }
  export class Patch extends Request {
    constructor(url: string, body?: Body, params?: Params)
  }
  export class Delete extends Request {
    constructor(url: string, body?: Body, params?: Params)
  }
  export class Options extends Request {
    constructor(url: string, body?: Body, params?: Params)
  }
  /** Requests with a base URL, headers and tags in common. */
  export class Httpx {
    baseURL: string
    headers: Record<string, string>
    tags: Record<string, string>
    constructor(options?: {
      baseURL?: string
      headers?: Record<string, string>
      tags?: Record<string, string>
      timeout?: number | string
    })
    setBaseUrl(url: string): void
    addHeader(name: string, value: string): void
    addHeaders(headers: Record<string, string>): void
    removeHeader(name: string): void
    clearHeaders(): void
    addTag(name: string, value: string): void
    addTags(tags: Record<string, string>): void
    removeTag(name: string): void
    clearTags(): void
    request(method: string, url: string, body?: Body, params?: Params): Response
    asyncRequest(method: string, url: string, body?: Body, params?: Params): Promise<Response>
    get(url: string, body?: null, params?: Params): Response
    head(url: string, body?: null, params?: Params): Response
    post(url: string, body?: Body, params?: Params): Response
    put(url: string, body?: Body, params?: Params): Response
    patch(url: string, body?: Body, params?: Params): Response
    delete(url: string, body?: Body, params?: Params): Response
    del(url: string, body?: Body, params?: Params): Response
    options(url: string, body?: Body, params?: Params): Response
    batch(requests: readonly Request[], params?: Params): Response[]
  }
}

declare module 'https://jslib.k6.io/k6-utils/*' {
  export * from 'sockeye/utils'
}

declare module 'https://jslib.k6.io/k6-summary/*' {
  export * from 'sockeye/summary'
}

declare module 'https://jslib.k6.io/k6chaijs/*' {
  export * from 'sockeye/expect'
  export { default } from 'sockeye/expect'
}

declare module 'https://jslib.k6.io/papaparse/*' {
  export { default } from 'sockeye/papaparse'
}

declare module 'https://jslib.k6.io/url/*' {
  export * from 'sockeye/url'
}

declare module 'https://jslib.k6.io/formdata/*' {
  export * from 'sockeye/formdata'
}

declare module 'https://jslib.k6.io/httpx/*' {
  export * from 'sockeye/httpx'
}

declare module 'https://raw.githubusercontent.com/benc-uk/k6-reporter/*' {
  export * from 'sockeye/html-report'
}
