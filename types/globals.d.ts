/**
 * Globals of a script that @types/k6 leaves to other libraries. Where the DOM's or Node's types are loaded too, theirs are kept and
 * these add nothing: a script may be in a project together with a web page or its server.
 */

/** Prints lines of the log, each with the field `source=console`. Arguments are joined with a space; there is no `%s`. */
interface Console {
  log(...values: any[]): void
  info(...values: any[]): void
  /** Visible with `--verbose` only. */
  debug(...values: any[]): void
  warn(...values: any[]): void
  error(...values: any[]): void
}

declare var console: Console

interface SockeyeTextEncoder {
  readonly encoding: string
  encode(text?: string): Uint8Array
}

interface SockeyeTextDecoder {
  readonly encoding: string
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string
}

declare var TextEncoder: typeof globalThis extends { onmessage: any; TextEncoder: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; TextEncoder: infer Theirs }
    ? Theirs
    : { new (): SockeyeTextEncoder }

declare var TextDecoder: typeof globalThis extends { onmessage: any; TextDecoder: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; TextDecoder: infer Theirs }
    ? Theirs
    : { new (encoding?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): SockeyeTextDecoder }

interface SockeyePerformance {
  /** Milliseconds with fractions, on a clock that is never set: for what takes less than a few of them. */
  now(): number
  readonly timeOrigin: number
}

declare var performance: typeof globalThis extends { onmessage: any; performance: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; performance: infer Theirs }
    ? Theirs
    : SockeyePerformance

/** Calls `callback` once after `delayMs` milliseconds; the iteration waits for it. */
declare function setTimeout(callback: (...args: any[]) => void, delayMs?: number, ...args: any[]): number
declare function clearTimeout(timer: number | undefined): void
/** Calls `callback` every `delayMs` milliseconds; the iteration goes on until it is cleared. */
declare function setInterval(callback: (...args: any[]) => void, delayMs?: number, ...args: any[]): number
declare function clearInterval(timer: number | undefined): void

interface SockeyeSubtleCrypto {
  decrypt(algorithm: any, key: any, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer>
  deriveBits(algorithm: any, baseKey: any, length: number): Promise<ArrayBuffer>
  deriveKey(algorithm: any, baseKey: any, derivedKeyType: any, extractable: boolean, usages: string[]): Promise<any>
  digest(algorithm: string | { name: string }, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer>
  encrypt(algorithm: any, key: any, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer>
  exportKey(format: string, key: any): Promise<any>
  generateKey(algorithm: any, extractable: boolean, usages: string[]): Promise<any>
  importKey(format: string, keyData: any, algorithm: any, extractable: boolean, usages: string[]): Promise<any>
  sign(algorithm: any, key: any, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer>
  unwrapKey(format: string, wrapped: ArrayBuffer | ArrayBufferView, key: any, ...rest: any[]): Promise<any>
  verify(
    algorithm: any,
    key: any,
    signature: ArrayBuffer | ArrayBufferView,
    data: ArrayBuffer | ArrayBufferView,
  ): Promise<boolean>
  wrapKey(format: string, key: any, wrappingKey: any, wrapAlgorithm: any): Promise<ArrayBuffer>
}

/** WebCrypto. What it does elsewhere keeps the iteration alive. */
interface SockeyeCrypto {
  readonly subtle: SockeyeSubtleCrypto
  getRandomValues<T extends ArrayBufferView>(array: T): T
  randomUUID(): string
}

declare var crypto: typeof globalThis extends { onmessage: any; crypto: infer Theirs }
  ? Theirs
  : typeof globalThis extends { process: any; crypto: infer Theirs }
    ? Theirs
    : SockeyeCrypto
