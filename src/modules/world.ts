/**
 * The world of one VU: what its script finds as modules and as globals.
 *
 * Shape   `global` is the VU's own view of the global object: its own properties are the VU's (console, timers, __ENV, whatever the
 *         script sets), behind them stand the language's own objects, shared by all VUs of a thread.
 */

import { createConsole } from '../log/console.js'
import { nodeSpecifier } from '../node/catalog.js'
import { enterWorld, nodeModule } from '../node/index.js'
import type { ImportedName } from '../pausable/compiler/imported-names.js'
import type { WorldName } from '../pausable/contract.js'
import { HostError } from '../vu/host-error.js'
import { ScriptTimers } from '../vu/script-timers.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import { MODULE_GLOBALS } from './globals.js'
import type { SharedArrays } from './k6-data/shared-arrays.js'
import type { SecretSources } from './k6-secrets/sources.js'
import { languageGlobals } from './language-globals.js'
import { wrongImport, wrongUse } from './missing-exports.js'
import type { BuiltinModule } from './module.js'

/** The same for all VUs of a shard. */
export interface WorldEnvironment {
  /** Built-in modules by specifier. */
  readonly modules: ReadonlyMap<string, BuiltinModule>
  /** `__ENV` before scenarios add to it. */
  readonly env: Readonly<Record<string, string>>
  /** False in compatibility mode `base`: no `global`. */
  readonly hasGlobalAlias: boolean
  /** True when the script or one of its packages imports a module of Node: then timers are objects, as packages for Node expect them. */
  readonly usesNode: boolean
  readonly sharedArrays: SharedArrays
  /** `import.meta` of a file. `file` is its URL relative to that of the entry file; '' is the entry file itself. */
  importMeta(file: string): ImportMeta
  /** Reads a file for `open()`. Its errors are those that the script gets. */
  open(path: string, isBinary: boolean): string | ArrayBuffer
  /** The files that a relative or absolute path may mean, the likeliest first. */
  requirePaths(path: string): readonly string[]
  /** A file that all VUs of the thread share, so its bytes must not be changed. The `path` that comes back is absolute. */
  openShared(path: string): SharedFile | { readonly path: string; readonly reason: 'folder' | 'missing' }
  readonly secrets: SecretSources
  /** Adds the source map of code that is no part of the program: stacks through `file` then show its source lines. */
  addPositions(file: string, map: string): void
}

interface SharedFile {
  readonly path: string
  readonly content: Uint8Array
}

export interface ImportMeta {
  readonly url: string
  readonly resolve: (specifier: string) => string
}

const INIT_ONLY = (name: string): string =>
  `the "${name}" function is only available in the init stage (i.e. the global scope), see ` +
  'https://grafana.com/docs/k6/latest/using-k6/test-lifecycle/ for more information'

type Global = Record<string, unknown>

/** The property of a VU's global object that leads to its world. */
const WORLD: unique symbol = Symbol('world')

const NO_ENV: Readonly<Record<string, string>> = Object.freeze({})

export class World implements Readonly<Record<WorldName, unknown>> {
  readonly vu: VirtualUser
  readonly global: Global
  /** `import.meta` of the entry file. */
  readonly meta: ImportMeta
  readonly environment: WorldEnvironment
  /** The variables that the VU's scenario adds to `__ENV`. */
  scenarioEnv: Readonly<Record<string, string>> = NO_ENV
  readonly #instances = new Map<string, object>()
  #timers: ScriptTimers | null = null
  #files: Readonly<Record<string, () => object>> = {}
  readonly #required = new Map<string, object>()

  constructor(vu: VirtualUser, environment: WorldEnvironment) {
    this.vu = vu
    this.environment = environment
    this.meta = environment.importMeta('')
    this.global = Object.create(vuGlobals) as Global
    Object.defineProperty(this.global, WORLD, { value: this })
    this.global['__VU'] = vu.idInInstance
  }

  /** `import.meta` of any other file. */
  metaOf(file: string): ImportMeta {
    return this.environment.importMeta(file)
  }

  /** The functions of `node:timers`, whose timers are objects. */
  get nodeTimers(): Record<
    'setTimeout' | 'setInterval' | 'setImmediate' | `clear${'Timeout' | 'Interval' | 'Immediate'}`,
    unknown
  > {
    return this.require('node:timers') as never
  }

  get timers(): ScriptTimers {
    this.#timers ??= new ScriptTimers(this.vu, this.global)
    return this.#timers
  }

  /** The exports of a module. Every form of `import`, and `require(specifier)`, gives this object or reads its names from it. */
  namespace(specifier: string): object {
    let exports = this.#instances.get(specifier)
    if (exports === undefined) {
      const module = this.environment.modules.get(specifier)
      if (module === undefined) {
        throw new HostError(`the module "${specifier}" was not previously resolved during initialization (__VU==0)`)
      }
      exports = module.create(this.vu, this)
      this.#instances.set(specifier, exports)
    }
    return exports
  }

  /** Throws a SyntaxError that lists the names which the modules of k6 do not have. */
  assertImports(names: readonly ImportedName[]): void {
    const wrong = names.flatMap((imported) => {
      if (!/^k6(\/|$)/.test(imported.specifier)) return []
      return wrongImport(imported, this.namespace(imported.specifier)) ?? []
    })
    if (wrong.length > 0) throw new SyntaxError(wrong.join('\n'))
  }

  /**
   * The compiled script calls what this returns in place of an export that is not there. As in the language the arguments are evaluated first, then
   * a TypeError is thrown; its message says more than the language's. `text`: how the script wrote the callee, `http.got`.
   */
  missing(text: string, specifier: string, name: string): () => never {
    const exports = this.namespace(specifier)
    return function () {
      throw new TypeError(
        `${text} is not a ${new.target ? 'constructor' : 'function'}${wrongUse(specifier, name, exports, text)}`,
      )
    }
  }

  /** Begins an iteration: `__ITER` is its number, from 0. */
  enterIteration(iteration: number): void {
    this.global['__ITER'] = iteration
  }

  /** Called when the VU goes over to a scenario, with the variables that it adds to `__ENV`. */
  setEnvironment(env: Readonly<Record<string, string>>): void {
    this.scenarioEnv = env
    if (Object.hasOwn(this.global, '__ENV')) this.global['__ENV'] = this.createEnv()
  }

  /** A new `__ENV`. A script may change it; the next scenario gets a new one. */
  createEnv(): Record<string, string> {
    const env = { ...this.environment.env, ...this.scenarioEnv }
    return this.vu.shard.settings.freezesEnv ? Object.freeze(env) : env
  }

  /** Replaces `Math.random` of this VU. Scripts that import randomSeed read `Math` from `global` (script/load.ts). */
  setRandom(random: () => number): void {
    this.global['Math'] = Object.create(Math, { random: { value: random, writable: true, configurable: true } })
  }

  /** The script's `open()`. */
  open(path: unknown, mode: unknown): string | ArrayBuffer {
    if (this.vu.phase !== 'init') throw new HostError(INIT_ONLY('open'))
    if (path === undefined || path === null || path === '') {
      throw new HostError("open() can't be used with an empty filename")
    }
    return this.environment.open(String(path), mode === 'b')
  }

  addPositions(file: string, map: string): void {
    this.environment.addPositions(file, map)
  }

  /** The script's `require()`, for built-in modules and computed names. All other modules are in the bundle already. */
  require(specifier: unknown): object {
    const node = nodeSpecifier(String(specifier))
    if (node !== undefined) return this.#nodeModule(node)
    if (this.vu.phase !== 'init') throw new HostError(INIT_ONLY('require'))
    if (specifier === undefined || specifier === null || specifier === '') {
      throw new HostError("require() can't be used with an empty specifier")
    }
    return this.#requiredFile(String(specifier)) ?? this.namespace(String(specifier))
  }

  /** Called by the bundle with the files that `require` may name by a computed text, see script/computed-requires.ts. */
  provide(files: Readonly<Record<string, () => object>>): void {
    this.#files = files
  }

  #requiredFile(specifier: string): object | undefined {
    const isPath = /^(\.{0,2}\/|[a-zA-Z]:[\\/]|file:\/\/)/.test(specifier)
    const paths = isPath ? this.environment.requirePaths(specifier) : [specifier]
    const found = paths.find((path) => Object.hasOwn(this.#files, path))
    if (found !== undefined) {
      // An ES module is made into an object each time; `require` gives the same one.
      const exports = this.#required.get(found) ?? (this.#files[found] as () => object)()
      this.#required.set(found, exports)
      return exports
    }
    if (!isPath) return undefined
    if (specifier.endsWith('.node')) {
      throw new HostError(
        `the native add-on ${specifier} cannot be loaded by virtual users; use a package of pure JavaScript`,
      )
    }
    throw new HostError(
      `The moduleSpecifier "${specifier}" couldn't be found on local disk. Make sure that you've specified the right path to the ` +
        'file. Where its name is computed, the whole path must be somewhere in the script as a text',
    )
  }

  /** Allowed at any time: packages call `require` late, also for modules that the bundler has not seen. */
  #nodeModule(specifier: string): object {
    if (this.environment.modules.has(specifier)) return this.namespace(specifier)
    enterWorld(this)
    return nodeModule(specifier)
  }
}

/**
 * The prototype of every VU's global object. A global of a VU is made when its script first looks for it, so thousands of VUs do not hold what
 * they never use.
 */
const vuGlobals: object = Object.create(languageGlobals)

function lazily(name: string, make: (world: World) => unknown): void {
  const keep = (global: object, value: unknown): void => {
    Object.defineProperty(global, name, { value, writable: true, enumerable: true, configurable: true })
  }
  Object.defineProperty(vuGlobals, name, {
    get(this: { [WORLD]?: World }) {
      const world = this[WORLD]
      if (world === undefined) return undefined
      const value = make(world)
      keep(this, value)
      return value
    },
    set(this: object, value: unknown) {
      keep(this, value)
    },
    configurable: true,
  })
}

lazily('globalThis', ({ global }) => global)
// Libraries for browsers look for WebSocket in `self`. Libraries for Node take it for a browser, so it is missing where modules of Node are used.
lazily('self', ({ global, environment }) => (environment.usesNode ? undefined : global))
lazily('global', ({ global, environment }) => (environment.hasGlobalAlias ? global : undefined))
lazily('__ENV', (world) => world.createEnv())
lazily('console', ({ vu }) => createConsole(vu.shard.log))
lazily('open', (world) => (path: unknown, mode: unknown) => world.open(path, mode))
lazily('require', (world) => {
  const require = (specifier: unknown): object => world.require(specifier)
  return Object.defineProperty(require, 'provide', {
    value: (files: Record<string, () => object>) => world.provide(files),
  })
})
// A job waits while the VU is paused, as the callbacks of promises do.
lazily('queueMicrotask', ({ vu }) => (callback: unknown) => {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask takes a function')
  queueMicrotask(vu.runtime.job(callback as () => unknown))
})
for (const kind of ['setTimeout', 'setInterval'] as const) {
  lazily(kind, (world) => {
    if (world.environment.usesNode) return world.nodeTimers[kind]
    const { timers } = world
    return (fn: unknown, ms: unknown, ...args: unknown[]) => timers.start(kind, fn, ms, args)
  })
}
for (const name of ['clearTimeout', 'clearInterval'] as const) {
  lazily(name, (world) => {
    if (world.environment.usesNode) return world.nodeTimers[name]
    const { timers } = world
    return (id: unknown) => timers.clear(id)
  })
}
for (const { perVu = {} } of MODULE_GLOBALS) for (const [name, make] of Object.entries(perVu)) lazily(name, make)
