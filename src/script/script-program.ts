/**
 * A compiled script, as it travels to the threads that run it, and its evaluation there: compiled by V8 once per thread,
 * evaluated once per VU.
 */
import vm from 'node:vm'
import type { World } from '../modules/world.js'
import type { ImportedName } from '../pausable/compiler/imported-names.js'
import type { ProgramKind } from '../pausable/contract.js'
import { PAUSE, type Twin } from '../pausable/runtime/pause.js'
import { evaluateProgram, type ScriptRuntime } from '../pausable/runtime/script-runtime.js'
import { createPositionMapper, type PositionMapper, PROGRAM_FILE } from './positions.js'

/** Plain data. */
export interface CompiledScript {
  /** Text of one function expression, called with a world and a runtime. */
  readonly code: string
  /** Source map from that text to the user's files, JSON text. */
  readonly map: string
  readonly kind: ProgramKind
  /** Where promises of exported functions may wait, by exported name: `file:line:column`. */
  readonly awaits: Readonly<Record<string, readonly string[]>>
  /** Built-in modules that it imports. */
  readonly imports: readonly string[]
  /** What it imports from them by name. */
  readonly importedNames: readonly ImportedName[]
  /** The entry file is CommonJS: its exports are the properties of `default`. */
  readonly isCommonJs: boolean
  /** URL of the entry file. */
  readonly url: string
  /** Folder that `open()` starts from. */
  readonly folder: string
}

export type ScriptExports = Readonly<Record<string, unknown>>

type Evaluate = (world: World, runtime: ScriptRuntime) => unknown

/** Source that is too deep for V8 becomes an error of the init code, like others that only the engine can find. */
function evaluated({ code }: CompiledScript): Evaluate {
  try {
    return new vm.Script(`(${code})`, { filename: PROGRAM_FILE }).runInThisContext() as Evaluate
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return () => {
      throw new RangeError('the script is nested too deeply to be compiled')
    }
  }
}

export class ScriptProgram {
  readonly script: CompiledScript
  readonly #evaluate: Evaluate
  #positions: PositionMapper | undefined

  constructor(script: CompiledScript) {
    this.script = script
    this.#evaluate = evaluated(script)
  }

  /** Positions in the user's files. */
  get positions(): PositionMapper {
    this.#positions ??= createPositionMapper(this.script.map, PROGRAM_FILE)
    return this.#positions
  }

  /** The init code as a function that a VU can run; `done` gets the exports. */
  initializer(world: World, runtime: ScriptRuntime, done: (exports: ScriptExports) => void): () => unknown {
    const keep = (exports: unknown): void => done(this.#exportsOf(exports))
    const { kind, importedNames } = this.script
    const evaluate = this.#evaluate
    return Object.assign(() => undefined, {
      *[PAUSE](): Twin {
        // What holds for the first VU holds for all.
        if (world.vu.idInInstance === 0) world.assertImports(importedNames)
        const result = yield* evaluateProgram(evaluate, kind, world, runtime)
        // A rejection of the module's promise is the VU's, as that of any other.
        if (result instanceof Promise) void result.then(keep)
        else keep(result)
        return undefined
      },
    })
  }

  #exportsOf(result: unknown): ScriptExports {
    const exports = result as Record<string, unknown>
    if (!this.script.isCommonJs) return exports
    const module = exports['default'] as Record<string, unknown> | undefined
    return typeof module === 'function' ? { default: module } : (module ?? {})
  }
}
