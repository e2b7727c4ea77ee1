/**
 * Facts about the built-in modules that are known without loading them: their names, and which of their functions may pause the VU. The
 * compiler needs no more; only threads that run scripts load the modules themselves (`index.ts`).
 */

interface ModuleFacts {
  /** Functions that may pause the VU, `name` or `Class.method`. */
  readonly blocking?: readonly string[]
  /** Functions that call a function of the script, and pause only when that one does. */
  readonly callers?: readonly string[]
}

const CATALOG = {
  k6: { blocking: ['sleep'], callers: ['check', 'group'] },
  'k6/crypto': {},
  'k6/crypto/x509': {},
  'k6/data': {},
  'k6/encoding': {},
  'k6/execution': { blocking: ['test.abort'] },
  'k6/experimental/csv': {},
  'k6/experimental/fs': {},
  'k6/experimental/streams': {},
  'k6/experimental/timers': {},
  'k6/experimental/webcrypto': {},
  'k6/experimental/websockets': {},
  'k6/html': {},
  'k6/http': {
    blocking: [
      'batch',
      'del',
      'get',
      'head',
      'options',
      'patch',
      'post',
      'put',
      'request',
      'Response.clickLink',
      'Response.submitForm',
    ],
  },
  'k6/metrics': {},
  'k6/net/grpc': { blocking: ['Client.connect', 'Client.healthCheck', 'Client.invoke'] },
  'k6/secrets': {},
  'k6/timers': {},
  'k6/websockets': {},
  'k6/ws': { blocking: ['connect', 'Socket.close'] },
  'k6/x/tcp': {},
} satisfies Record<string, ModuleFacts>

export type BuiltinSpecifier = keyof typeof CATALOG

const entries: readonly (readonly [BuiltinSpecifier, ModuleFacts])[] = Object.entries(CATALOG) as [
  BuiltinSpecifier,
  ModuleFacts,
][]

export const BUILTIN_SPECIFIERS: readonly string[] = Object.keys(CATALOG)

/** Functions that may pause the VU, by specifier: what the script compiler follows. */
export function blockingFunctions(): Record<string, readonly string[]> {
  return Object.fromEntries(entries.flatMap(([specifier, { blocking }]) => (blocking ? [[specifier, blocking]] : [])))
}

/** Functions that call a function of the script and pause only when that one does, by specifier. */
export function callingFunctions(): Record<string, readonly string[]> {
  return Object.fromEntries(entries.flatMap(([specifier, { callers }]) => (callers ? [[specifier, callers]] : [])))
}
