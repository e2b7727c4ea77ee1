/**
 * Which of Node's modules a script may import, and what it then gets. Nothing is loaded here: the bundler asks, too.
 *
 *   ours      made by this folder: their edges (sockets, timers, threads of libuv) belong to the VU whose turn it is
 *   shared    Node's own: what they do they do inside the caller's turn
 *   refused   can be imported; what is called throws and says why
 */
import { builtinModules } from 'node:module'

const OURS = [
  'async_hooks',
  'crypto',
  'dns',
  'dns/promises',
  'fs',
  'fs/promises',
  'http',
  'http2',
  'https',
  'module',
  'net',
  'process',
  'timers',
  'timers/promises',
  'tls',
  'util',
  'worker_threads',
  'zlib',
] as const

const SHARED = [
  'assert',
  'assert/strict',
  'buffer',
  'console',
  'constants',
  'diagnostics_channel',
  'events',
  'os',
  'path',
  'path/posix',
  'path/win32',
  'perf_hooks',
  'punycode',
  'querystring',
  'readline',
  'readline/promises',
  'stream',
  'stream/consumers',
  'stream/promises',
  'stream/web',
  'string_decoder',
  'tty',
  'url',
  'util/types',
  'v8',
] as const

export type OurModule = (typeof OURS)[number]

export type NodeModuleKind = 'ours' | 'shared' | 'refused'

const ours: ReadonlySet<string> = new Set(OURS)
const shared: ReadonlySet<string> = new Set(SHARED)

/** Of a name without `node:`; undefined when Node has no such module. */
export function nodeModuleKind(name: string): NodeModuleKind | undefined {
  if (ours.has(name)) return 'ours'
  if (shared.has(name)) return 'shared'
  return builtinModules.includes(name) || NEW_MODULES.has(`node:${name}`) ? 'refused' : undefined
}

/** With the prefix only; newer versions of Node list some of them, older ones have none. */
const NEW_MODULES: ReadonlySet<string> = new Set(['node:sea', 'node:sqlite', 'node:test', 'node:test/reporters'])

/** `node:net` for `net` and `node:net`; undefined for what is no module of Node, or only a package's namesake of one. */
export function nodeSpecifier(specifier: string): string | undefined {
  const name = specifier.replace(/^node:/, '').replace(/\/$/, '')
  if (name !== specifier && NEW_MODULES.has(specifier)) return specifier
  return nodeModuleKind(name) === undefined || NEW_MODULES.has(`node:${name}`) ? undefined : `node:${name}`
}

/** What makes a test measure connections: importing one of these declares the metrics of TCP. */
export function opensSockets(specifier: string): boolean {
  return /^node:(net|tls|https?|http2)$/.test(specifier)
}

/** Name of the global function that evaluates the packages that all VUs of a shard share. */
export const SHARED_PACKAGES = '__sockeyeShared'

/** Under which name their text is evaluated. */
export const SHARED_FILES = 'sockeye:shared'
