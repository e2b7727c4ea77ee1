/**
 * The globals that all VUs of a thread share: the language's own, and the web APIs that do nothing outside of the caller. What acts for a VU
 * (timers, process, fetch) is not here: each VU has its own.
 *
 * k6 has the first list, TextEncoder and TextDecoder; the other web APIs are for npm packages written for browsers.
 */
import { indirectEval } from '../pausable/runtime/constructed-code.js'
import { installNativeTwins } from '../pausable/runtime/native-twins.js'
import { MODULE_GLOBALS } from './globals.js'

const LANGUAGE = [
  'AggregateError',
  'Array',
  'ArrayBuffer',
  'Atomics',
  'BigInt',
  'BigInt64Array',
  'BigUint64Array',
  'Boolean',
  'DataView',
  'Date',
  'Error',
  'EvalError',
  'FinalizationRegistry',
  'Float32Array',
  'Float64Array',
  'Function',
  'Infinity',
  'Int16Array',
  'Int32Array',
  'Int8Array',
  'Intl',
  'Iterator',
  'JSON',
  'Map',
  'Math',
  'NaN',
  'Number',
  'Object',
  'Promise',
  'Proxy',
  'RangeError',
  'ReferenceError',
  'Reflect',
  'RegExp',
  'Set',
  'SharedArrayBuffer',
  'String',
  'Symbol',
  'SyntaxError',
  'TypeError',
  'URIError',
  'Uint16Array',
  'Uint32Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'WeakMap',
  'WeakRef',
  'WeakSet',
  'WebAssembly',
  'decodeURI',
  'decodeURIComponent',
  'encodeURI',
  'encodeURIComponent',
  'escape',
  'eval',
  'isFinite',
  'isNaN',
  'parseFloat',
  'parseInt',
  'undefined',
  'unescape',
] as const

const WEB = [
  'AbortController',
  'AbortSignal',
  'DOMException',
  'Event',
  'EventTarget',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'atob',
  'btoa',
  'performance',
  'structuredClone',
] as const

/** A declaration, because the build drops names of class expressions; libraries look at this one. */
class WorkerGlobalScope {}

// From here on those of the language's functions that call a callback of the script, such as `forEach`, let it pause.
installNativeTwins()

const real = globalThis as unknown as Record<string, unknown>

const values: Record<string, unknown> = {
  ...Object.fromEntries([...LANGUAGE, ...WEB].filter((name) => name in real).map((name) => [name, real[name]])),
  ...Object.assign({}, ...MODULE_GLOBALS.map(({ shared }) => shared)),
  eval: indirectEval,
  // What libraries look at to find out where they run. A browser's worker is closest to a virtual user: timers and WebSocket, but no page.
  constructor: WorkerGlobalScope,
  navigator: Object.freeze({ userAgent: 'sockeye', language: 'en-US', languages: ['en-US'], onLine: true }),
}

export const languageGlobals: object = {}
for (const [name, value] of Object.entries(values)) {
  Object.defineProperty(languageGlobals, name, { value, writable: true, configurable: true })
}
