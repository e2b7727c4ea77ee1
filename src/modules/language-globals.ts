/**
 * What stands behind every VU's own global object: the language's built-ins and a few pure web APIs, and nothing of Node
 * (no process, no Buffer, no fetch), so that a script cannot reach around the VU it runs for.
 *
 * k6 offers the first list and TextEncoder, TextDecoder; the other web APIs are there for npm packages written for
 * browsers.
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
