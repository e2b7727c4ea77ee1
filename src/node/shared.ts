/**
 * Packages that all VUs of a shard share (option `sharedPackages`): evaluated once, as plain JavaScript. What they open, arm or log is
 * the VU's whose turn it is, because everything around them asks for that VU at the moment of the call.
 */
import vm from 'node:vm'
import { SHARED_FILES } from './catalog.js'
import { currentWebCrypto } from './crypto.js'
import { currentWorld } from './current.js'
import { MessageChannel } from './message-channel.js'
import { processModule } from './process.js'
import { timersModule } from './timers.js'

/** A function per module. */
type SharedModules = Readonly<Record<number, () => unknown>>

let modules: SharedModules | undefined

/** What these packages have left on the real global object. It is shared as they are. */
export const sharedGlobals = new Set<PropertyKey>()

/** `code` is a CommonJS module with everything it needs but Node's modules; `map` leads from there to the packages' files. */
export function sharedPackages(code: string, map: string): SharedModules {
  modules ??= noticingGlobals(evaluate(code, map))
  return modules
}

/** Code that is not strict makes globals of names that nobody declares. */
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
    // For the first VU only: the others get what is there.
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
  // Its first line is that of the code, as the map has it.
  const text = `(function (${names.join(', ')}) {\n${code}\n})`
  const run = new vm.Script(text, { filename: SHARED_FILES, lineOffset: -1 }).runInThisContext()
  const require = (specifier: string): object => currentWorld().require(specifier)
  run.call(module.exports, module, module.exports, require, ...Object.values(surroundings))
  return module.exports
}

/**
 * The names that packages find without declaring them. `global` is the first VU's; what packages hang there stays with them, and what
 * belongs to a VU is that of the VU whose turn it is.
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

/** Whatever is asked of it is asked of the VU's own. */
function ofCurrent(name: string, target: object): object {
  const own = (): Record<PropertyKey, unknown> => currentWorld().global[name]
  return new Proxy(target, {
    get: (_target, key) => own()[key],
    has: (_target, key) => key in own(),
    construct: (_target, args) => new (own() as unknown as new (...args: unknown[]) => object)(...args),
  })
}

/** Proxies of it can be called with `new`. */
function NewWebSocket(): void {}
