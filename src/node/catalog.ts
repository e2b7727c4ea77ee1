/**
 * The modules of Node that scripts may import, and what they get. This file loads none of them, because the bundler uses it, too.
 *
 *   ours      made by this folder: their sockets, timers and threads belong to the VU that uses them
 *   shared    Node's own: they do everything inside the caller's turn
 *   refused   can be imported, but each call throws an error that says why
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

/** The kind of a module, by its name without `node:`; undefined when Node has no such module. */
export function nodeModuleKind(name: string): NodeModuleKind | undefined {
  if (ours.has(name)) return 'ours'
  if (shared.has(name)) return 'shared'
  return builtinModules.includes(name) || NEW_MODULES.has(`node:${name}`) ? 'refused' : undefined
}

/** Modules that can be imported with the prefix `node:` alone. Older versions of Node do not have them. */
const NEW_MODULES: ReadonlySet<string> = new Set(['node:sea', 'node:sqlite', 'node:test', 'node:test/reporters'])

/** `node:net` for `net` and `node:net`; undefined when it is no module of Node: `test` is a package, `node:test` is Node's. */
export function nodeSpecifier(specifier: string): string | undefined {
  const name = specifier.replace(/^node:/, '').replace(/\/$/, '')
  if (name !== specifier && NEW_MODULES.has(specifier)) return specifier
  return nodeModuleKind(name) === undefined || NEW_MODULES.has(`node:${name}`) ? undefined : `node:${name}`
}

/** Whether importing the module declares the metrics of TCP connections. */
export function opensSockets(specifier: string): boolean {
  return /^node:(net|tls|https?|http2)$/.test(specifier)
}

/** The global function that evaluates shared packages, which are those that all VUs of a shard have in common. */
export const SHARED_PACKAGES = '__sockeyeShared'

/** The file name of the code of shared packages, in stacks. */
export const SHARED_FILES = 'sockeye:shared'
