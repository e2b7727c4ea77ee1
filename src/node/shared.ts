/**
 * Packages that all VUs of a shard share (option `sharedPackages`). They are evaluated once, as plain JavaScript. A connection, timer or log line of
 * theirs belongs to the VU that is running, because the modules and globals that they use look for that VU in each call.
 */
import vm from 'node:vm'
import { SHARED_FILES } from './catalog.js'
import { currentWebCrypto } from './crypto.js'
import { currentWorld } from './current.js'
import { MessageChannel } from './message-channel.js'
import { processModule } from './process.js'
import { timersModule } from './timers.js'

/** A function for each module, which evaluates it and returns its exports. */
type SharedModules = Readonly<Record<number, () => unknown>>

let modules: SharedModules | undefined

/** Properties that these packages have added to the real global object. All VUs share them, too. */
export const sharedGlobals = new Set<PropertyKey>()

/** `code` is a CommonJS module that contains all packages; `map` is its source map. */
export function sharedPackages(code: string, map: string): SharedModules {
  modules ??= noticingGlobals(evaluate(code, map))
  return modules
}

/** Records which globals a module adds: code that is not strict makes one of each undeclared name that it assigns to. */
function noticingGlobals(found: SharedModules): SharedModules {
  const noticing = Object.entries(found).map(([id, load]) => {
    const noticed = (): unknown => {
      const before = new Set(Reflect.ownKeys(globalThis))
      try {
        return load()
      } finally {
        for (const key of Reflect.ownKeys(globalThis)) if (!before.has(key)) sharedGlobals.add(key)
      }
    }
    // Evaluated for the first VU; the others get the same exports.
    let module: { exports: unknown } | undefined
    const once = (): unknown => {
      module ??= { exports: noticed() }
      return module.exports
    }
    return [id, once]
  })
  return Object.fromEntries(noticing) as SharedModules
}

function evaluate(code: string, map: string): SharedModules {
  const world = currentWorld()
  world.addPositions(SHARED_FILES, map)
  const surroundings = surroundingsOf(world.global)
  const module = { exports: {} }
  const names = ['module', 'exports', 'require', ...Object.keys(surroundings)]
  // The offset makes the first line of the code line 1, as in the source map.
  const text = `(function (${names.join(', ')}) {\n${code}\n})`
  const run = new vm.Script(text, { filename: SHARED_FILES, lineOffset: -1 }).runInThisContext()
  const require = (specifier: string): object => currentWorld().require(specifier)
  run.call(module.exports, module, module.exports, require, ...Object.values(surroundings))
  return module.exports
}

/**
 * The globals of these packages. What belongs to a VU, such as `console`, is that of the running VU. Everything else is read from the first VU's
 * `global`; what packages add stays in an object of their own.
 */
function surroundingsOf(global: Record<string, unknown>): Record<string, unknown> {
  const { promises: _, ...timers } = timersModule
  const own: Record<string, unknown> = {
    process: processModule,
    Buffer,
    ...timers,
    console: ofCurrent('console', {}),
    crypto: currentWebCrypto(),
    MessageChannel,
    WebSocket: ofCurrent('WebSocket', NewWebSocket),
    fetch: (...args: unknown[]) => (currentWorld().global['fetch'] as (...args: unknown[]) => unknown)(...args),
  }
  const view = Object.assign(Object.create(global), own) as Record<string, unknown>
  Object.assign(view, { global: view, globalThis: view })
  return { ...own, global: view, globalThis: view, self: undefined }
}

/** A global that passes everything on to that of the running VU. */
function ofCurrent(name: string, target: object): object {
  const own = (): Record<PropertyKey, unknown> => currentWorld().global[name]
  return new Proxy(target, {
    get: (_target, key) => own()[key],
    has: (_target, key) => key in own(),
    construct: (_target, args) => new (own() as unknown as new (...args: unknown[]) => object)(...args),
  })
}

/** A function as the target of a proxy, so that the proxy can be called with `new`. */
function NewWebSocket(): void {}
