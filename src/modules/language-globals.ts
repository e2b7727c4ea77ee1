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

// Some built-ins are replaced by ones that know what may pause.
installNativeTwins()

export const languageGlobals: object = Object.create(null)
const real = globalThis as unknown as Record<string, unknown>
for (const name of [...LANGUAGE, ...WEB]) {
  if (name in real)
    Object.defineProperty(languageGlobals, name, { value: real[name], writable: true, configurable: true })
}
for (const { shared = {} } of MODULE_GLOBALS) {
  for (const [name, value] of Object.entries(shared)) {
    Object.defineProperty(languageGlobals, name, { value, writable: true, configurable: true })
  }
}
Object.defineProperty(languageGlobals, 'eval', { value: indirectEval, writable: true, configurable: true })
defineSurroundings(languageGlobals)
Object.setPrototypeOf(languageGlobals, Object.prototype)

/**
 * What libraries look at to find out where they run. Of the places they know, a browser's worker is closest to a virtual user:
 * timers and WebSocket, but no page.
 */
function defineSurroundings(globals: object): void {
  const navigator = Object.freeze({ userAgent: 'sockeye', language: 'en-US', languages: ['en-US'], onLine: true })
  Object.defineProperties(globals, {
    constructor: { value: WorkerGlobalScope, writable: true, configurable: true },
    navigator: { value: navigator, writable: true, configurable: true },
  })
}
