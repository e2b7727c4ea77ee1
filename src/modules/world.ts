/**
 * The world of one VU: what its script finds as modules and as globals.
 *
 * Shape   `global` is the VU's own view of the global object: its own properties are the VU's (console, timers, __ENV, whatever the
 *         script sets), behind them stand the language's own objects, shared by all VUs of a thread.
 */
import { createConsole } from '../log/console.js'
import { HostError } from '../vu/host-error.js'
import { ScriptTimers } from '../vu/script-timers.js'
import type { VirtualUser } from '../vu/virtual-user.js'

import { VU } from './k6-websockets/globals.js'
import { languageGlobals } from './language-globals.js'
import type { BuiltinModule } from './module.js'

/** The same for all VUs of a shard. */
export interface WorldEnvironment {
  /** Built-in modules by specifier. */
  readonly modules: ReadonlyMap<string, BuiltinModule>
  /** `__ENV` before scenarios add to it. */
  readonly env: Readonly<Record<string, string>>
  /** False in compatibility mode `base`: no `global`. */
  readonly hasGlobalAlias: boolean
  readonly importMeta: { readonly url: string; readonly resolve: (specifier: string) => string }
  /** Reads a file for `open()`; throws what the script should see. */
  open(path: string, isBinary: boolean): string | ArrayBuffer
}

/**
 * Names the compiled script must read from `global`, because each VU has its own. `Math` is among them only for a script that
 * can seed it: reading it directly is faster.
 */
export function worldNames(source: string): readonly string[] {
  return source.includes('randomSeed') ? [...NAMES, 'Math'] : NAMES
}

const NAMES: readonly string[] = [
  '__ENV',
  '__ITER',
  '__VU',
  'clearInterval',
  'clearTimeout',
  'console',
  'global',
  'globalThis',
  'open',
  'require',
  'self',
  'setInterval',
  'setTimeout',
]

const INIT_ONLY = (name: string): string =>
  `the "${name}" function is only available in the init stage (i.e. the global scope), see ` +
  'https://grafana.com/docs/k6/latest/using-k6/test-lifecycle/ for more information'

type Global = Record<string, unknown>

export class World {
  readonly vu: VirtualUser
  readonly global: Global
  /** `import.meta` */
  readonly meta: WorldEnvironment['importMeta']
  readonly #environment: WorldEnvironment
  readonly #instances = new Map<string, object>()

  constructor(vu: VirtualUser, environment: WorldEnvironment) {
    this.vu = vu
    this.#environment = environment
    this.meta = environment.importMeta
    this.global = this.#createGlobal()
  }

  /** What `import … from specifier` binds to: named exports live, and `default`. */
  module(specifier: string): object {
    const exports = this.namespace(specifier)
    return Object.create(exports, { default: { value: exports } }) as object
  }

  /** What `import * as x from specifier` and `require(specifier)` give. */
  namespace(specifier: string): object {
    let exports = this.#instances.get(specifier)
    if (exports === undefined) {
      const module = this.#environment.modules.get(specifier)
      if (module === undefined) {
        throw new HostError(`the module "${specifier}" was not previously resolved during initialization (__VU==0)`)
      }
      exports = module.create(this.vu, this)
      this.#instances.set(specifier, exports)
    }
    return exports
  }

  /** Begins an iteration: `__ITER` counts, `__ENV` is that of the scenario again. */
  enterIteration(iteration: number): void {
    this.global['__ITER'] = iteration
  }

  /** The environment of a scenario over that of the test. */
  setEnvironment(env: Readonly<Record<string, string>>): void {
    this.global['__ENV'] = { ...this.#environment.env, ...env }
  }

  /** Replaces `Math.random` for this VU. Scripts that import randomSeed read `Math` from `global`; see {@link worldNames}. */
  setRandom(random: () => number): void {
    this.global['Math'] = Object.create(Math, { random: { value: random, writable: true, configurable: true } })
  }

  #createGlobal(): Global {
    const { vu } = this
    const environment = this.#environment
    const timers = new ScriptTimers(vu)
    const global: Global = Object.create(languageGlobals)
    Object.defineProperty(global, VU, { value: vu })
    global['globalThis'] = global
    if (environment.hasGlobalAlias) global['global'] = global
    global['__VU'] = vu.idInInstance
    global['__ENV'] = { ...environment.env }
    global['console'] = createConsole(vu.shard.log)
    global['setTimeout'] = (fn: unknown, ms: unknown, ...args: unknown[]) => timers.start('setTimeout', fn, ms, args)
    global['setInterval'] = (fn: unknown, ms: unknown, ...args: unknown[]) => timers.start('setInterval', fn, ms, args)
    global['clearTimeout'] = global['clearInterval'] = (id: unknown) => timers.clear(id)
    global['open'] = (path: unknown, mode: unknown) => this.#open(path, mode)
    global['require'] = (specifier: unknown) => this.#require(specifier)
    return global
  }

  #open(path: unknown, mode: unknown): string | ArrayBuffer {
    if (this.vu.phase !== 'init') throw new HostError(INIT_ONLY('open'))
    if (path === undefined || path === null || path === '') {
      throw new HostError("open() can't be used with an empty filename")
    }
    return this.#environment.open(String(path), mode === 'b')
  }

  #require(specifier: unknown): object {
    if (this.vu.phase !== 'init') throw new HostError(INIT_ONLY('require'))
    if (specifier === undefined || specifier === null || specifier === '') {
      throw new HostError("require() can't be used with an empty specifier")
    }
    return this.namespace(String(specifier))
  }
}
