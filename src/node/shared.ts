/**
 * Packages that all VUs of a shard share (option `sharedPackages`): evaluated once, as plain JavaScript. What they open, arm or log is
 * the VU's whose turn it is, because everything around them asks for that VU at the moment of the call.
 */
import vm from 'node:vm'
import { currentWorld } from './current.js'
import { processModule } from './process.js'
import { timersModule } from './timers.js'

/** Part of the name of their files, as stacks show them. */
export const SHARED_FILES = 'sockeye:shared/'

const evaluated = new Map<string, unknown>()

/** `code` is a CommonJS module with everything it needs but Node's modules. Gives its `module.exports`. */
export function sharedPackage(name: string, code: string): unknown {
  if (!evaluated.has(name)) evaluated.set(name, evaluate(name, code))
  return evaluated.get(name)
}

function evaluate(name: string, code: string): unknown {
  const surroundings = surroundingsOf(currentWorld().global)
  const module = { exports: {} }
  const names = ['module', 'exports', 'require', ...Object.keys(surroundings)]
  const filename = `${SHARED_FILES}node_modules/${name}/index.js`
  const run = new vm.Script(`(function (${names.join(', ')}) {${code}\n})`, { filename }).runInThisContext()
  const require = (specifier: string): object => currentWorld().require(specifier)
  run.call(module.exports, module, module.exports, require, ...Object.values(surroundings))
  return module.exports
}

/** The names that packages find without declaring them; `global` is the first VU's, for what they hang there. */
function surroundingsOf(global: Record<string, unknown>): Record<string, unknown> {
  return {
    process: processModule,
    Buffer,
    global,
    globalThis: global,
    self: undefined,
    ...timersModule,
    promises: undefined,
    console: ofCurrent('console'),
    crypto: ofCurrent('crypto'),
    WebSocket: ofCurrent('WebSocket'),
    fetch: (...args: unknown[]) => (currentWorld().global['fetch'] as (...args: unknown[]) => unknown)(...args),
  }
}

/** Whatever is asked of it is asked of the VU's own. */
function ofCurrent(name: string): object {
  const own = (): Record<PropertyKey, unknown> => currentWorld().global[name]
  return new Proxy(() => {}, {
    get: (_target, key) => own()[key],
    has: (_target, key) => key in own(),
    construct: (_target, args) => new (own() as unknown as new (...args: unknown[]) => object)(...args),
  })
}
