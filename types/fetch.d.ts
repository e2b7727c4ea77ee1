/**
 * The globals of the Fetch Standard. Where the DOM's or Node's types are loaded too, theirs are kept and these add nothing.
 */

type SockeyeHeadersInit = SockeyeHeaders | Iterable<readonly [string, string]> | Record<string, string>
type SockeyeBody =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | SockeyeBlob
  | SockeyeFormData
  | { toString(): string }
  | null

interface SockeyeHeaders extends Iterable<[string, string]> {
  append(name: string, value: string): void
  delete(name: string): void
  get(name: string): string | null
  getSetCookie(): string[]
  has(name: string): boolean
  set(name: string, value: string): void
  forEach(callback: (value: string, name: string) => void): void
  keys(): IterableIterator<string>
  values(): IterableIterator<string>
  entries(): IterableIterator<[string, string]>
}

interface SockeyeBlob {
  readonly size: number
  readonly type: string
  arrayBuffer(): Promise<ArrayBuffer>
  text(): Promise<string>
  slice(start?: number, end?: number, type?: string): SockeyeBlob
}

interface SockeyeFile extends SockeyeBlob {
  readonly name: string
  readonly lastModified: number
}

/** Also a body of `k6/http`: sent as multipart. */
interface SockeyeFormData extends Iterable<[string, string | SockeyeFile]> {
  append(name: string, value: string | SockeyeBlob, filename?: string): void
  set(name: string, value: string | SockeyeBlob, filename?: string): void
  get(name: string): string | SockeyeFile | null
  getAll(name: string): (string | SockeyeFile)[]
  has(name: string): boolean
  delete(name: string): void
  forEach(callback: (value: string | SockeyeFile, name: string) => void): void
}

interface SockeyeAbortSignal {
  readonly aborted: boolean
  readonly reason: any
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

interface SockeyeAbortController {
  readonly signal: SockeyeAbortSignal
  abort(reason?: any): void
}

interface SockeyeRequestInit {
  method?: string
  headers?: SockeyeHeadersInit
  body?: SockeyeBody
  redirect?: 'follow' | 'error' | 'manual'
  /** The cookies of the virtual user are sent and kept with `include` only. */
  credentials?: 'include' | 'omit' | 'same-origin'
  signal?: SockeyeAbortSignal | null
}

interface SockeyeMessage {
  readonly headers: SockeyeHeaders
  /** A ReadableStream of bytes. */
  readonly body: any
  readonly bodyUsed: boolean
  arrayBuffer(): Promise<ArrayBuffer>
  blob(): Promise<SockeyeBlob>
  formData(): Promise<SockeyeFormData>
  json(): Promise<any>
  text(): Promise<string>
}

interface SockeyeRequest extends SockeyeMessage {
  readonly method: string
  readonly url: string
  readonly signal: SockeyeAbortSignal
  clone(): SockeyeRequest
}

interface SockeyeResponse extends SockeyeMessage {
  readonly ok: boolean
  readonly redirected: boolean
  readonly status: number
  readonly statusText: string
  readonly url: string
  clone(): SockeyeResponse
}

type SockeyeFetchResponse = typeof globalThis extends { onmessage: any; Response: { prototype: infer Theirs } }
  ? Theirs
  : typeof globalThis extends { process: any; Response: { prototype: infer Theirs } }
    ? Theirs
    : SockeyeResponse

/** Over the connections of the virtual user, measured as `http_*`. The iteration waits for the body. */
declare function fetch(
  input: string | { toString(): string } | SockeyeRequest,
  init?: SockeyeRequestInit,
): Promise<SockeyeFetchResponse>

declare var Headers: typeof globalThis extends { onmessage: any; Headers: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; Headers: infer Theirs }
    ? Theirs
    : { new (init?: SockeyeHeadersInit): SockeyeHeaders }

declare var Request: typeof globalThis extends { onmessage: any; Request: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; Request: infer Theirs }
    ? Theirs
    : { new (input: string | { toString(): string } | SockeyeRequest, init?: SockeyeRequestInit): SockeyeRequest }

declare var Response: typeof globalThis extends { onmessage: any; Response: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; Response: infer Theirs }
    ? Theirs
    : {
        new (
          body?: SockeyeBody,
          init?: { status?: number; statusText?: string; headers?: SockeyeHeadersInit },
        ): SockeyeResponse
      }

declare var FormData: typeof globalThis extends { onmessage: any; FormData: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; FormData: infer Theirs }
    ? Theirs
    : { new (): SockeyeFormData }

declare var File: typeof globalThis extends { onmessage: any; File: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; File: infer Theirs }
    ? Theirs
    : { new (parts: readonly any[], name: string, options?: { type?: string; lastModified?: number }): SockeyeFile }

declare var AbortController: typeof globalThis extends { onmessage: any; AbortController: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; AbortController: infer Theirs }
    ? Theirs
    : { new (): SockeyeAbortController }

declare var AbortSignal: typeof globalThis extends { onmessage: any; AbortSignal: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; AbortSignal: infer Theirs }
    ? Theirs
    : {
        prototype: SockeyeAbortSignal
        abort(reason?: any): SockeyeAbortSignal
        any(signals: readonly SockeyeAbortSignal[]): SockeyeAbortSignal
        timeout(milliseconds: number): SockeyeAbortSignal
      }
