/** The built-in modules, by the specifier that scripts import them with. */
import { k6 } from './k6/index.js'
import { k6Crypto } from './k6-crypto/index.js'
import { k6Data } from './k6-data/index.js'
import { k6Encoding } from './k6-encoding/index.js'
import { k6Execution } from './k6-execution.js'
import { k6Http } from './k6-http/index.js'
import { k6Metrics } from './k6-metrics.js'
import { k6Timers } from './k6-timers.js'
import { k6ExperimentalWebsockets, k6Websockets } from './k6-websockets/index.js'
import { k6Ws } from './k6-ws/index.js'
import { k6XTcp } from './k6-x-tcp/index.js'
import type { BuiltinModule } from './module.js'

const MODULES: readonly BuiltinModule[] = [
  k6,
  k6Crypto,
  k6Data,
  k6Encoding,
  k6Execution,
  k6ExperimentalWebsockets,
  k6Http,
  k6Metrics,
  k6Timers,
  k6Websockets,
  k6Ws,
  k6XTcp,
]

const bySpecifier: ReadonlyMap<string, BuiltinModule> = new Map(MODULES.map((module) => [module.specifier, module]))

export const BUILTIN_SPECIFIERS: readonly string[] = [...bySpecifier.keys()]

/** The modules a script imports; `specifiers` come from the compiled program. */
export function modulesFor(specifiers: readonly string[]): ReadonlyMap<string, BuiltinModule> {
  return new Map(specifiers.map((specifier) => [specifier, bySpecifier.get(specifier) ?? moduleOfNode(specifier)]))
}

/** One of Node's that only compute, which the bundler lets through: `node:util`. All VUs share it. */
function moduleOfNode(specifier: string): BuiltinModule {
  const exports = process.getBuiltinModule(specifier)
  if (exports === undefined) throw new Error(`the bundler let the import of "${specifier}" through`)
  return { specifier, create: () => exports }
}

/** Functions that may pause the VU, by specifier: what the script compiler follows. */
export function blockingFunctions(): Record<string, readonly string[]> {
  return Object.fromEntries(MODULES.flatMap(({ specifier, blocking }) => (blocking ? [[specifier, blocking]] : [])))
}

/** Functions that pause only when a function they are given does. */
export function callingFunctions(): Record<string, readonly string[]> {
  return Object.fromEntries(MODULES.flatMap(({ specifier, callers }) => (callers ? [[specifier, callers]] : [])))
}
