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

/** Calls `callback` once after `delayMs` milliseconds; the iteration waits for it. */
declare function setTimeout(callback: (...args: any[]) => void, delayMs?: number, ...args: any[]): number
declare function clearTimeout(timer: number | undefined): void
/** Calls `callback` every `delayMs` milliseconds; the iteration goes on until it is cleared. */
declare function setInterval(callback: (...args: any[]) => void, delayMs?: number, ...args: any[]): number
declare function clearInterval(timer: number | undefined): void
