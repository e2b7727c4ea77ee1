/**
 * Creates virtual users: the VU, its world, and the run of the script's init code in it.
 */
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoadedVu } from '../../executor/host.js'
import type { SharedArrays } from '../../modules/k6-data/shared-arrays.js'
import type { SecretSources } from '../../modules/k6-secrets/sources.js'
import type { BuiltinModule } from '../../modules/module.js'
import { type ImportMeta, World, type WorldEnvironment } from '../../modules/world.js'
import type { ScriptExports, ScriptProgram } from '../../script/script-program.js'
import type { Outcome } from '../../vu/virtual-user.js'
import { VirtualUser } from '../../vu/virtual-user.js'
import { openCall } from './evaluating-module.js'
import type { OpenedFiles } from './opened-files.js'
import type { Services } from './services.js'

export interface VuFactoryOptions {
  readonly services: Services
  readonly program: ScriptProgram
  readonly modules: ReadonlyMap<string, BuiltinModule>
  readonly files: OpenedFiles
  readonly sharedArrays: SharedArrays
  readonly env: Readonly<Record<string, string>>
  readonly secrets: SecretSources
  readonly hasGlobalAlias: boolean
  /** The JSON of what `setup()` returned; undefined before. */
  readonly setupData: () => string | undefined
}

export class VuFactory {
  readonly #options: VuFactoryOptions
  readonly #environment: WorldEnvironment

  constructor(options: VuFactoryOptions) {
    this.#options = options
    const { program, files } = options
    this.#environment = {
      modules: options.modules,
      env: options.env,
      hasGlobalAlias: options.hasGlobalAlias,
      usesNode: program.script.imports.some((specifier) => specifier.startsWith('node:')),
      sharedArrays: options.sharedArrays,
      importMeta: importMetaOf(program.script.url),
      secrets: options.secrets,
      open: (path, isBinary) => this.#open(path, isBinary),
      requirePaths: (path) => this.#requirePaths(path),
      openShared: (path) => files.openShared(path),
      addPositions: (file, map) => program.positions.add(file, map),
    }
  }

  /** Opens a file; relative paths start at the file that is being evaluated, as in k6, and not at the file with the call. */
  #open(path: string, isBinary: boolean): string | ArrayBuffer {
    const { program, files, services } = this.#options
    const call = openCall(program.positions)
    if (call === undefined) return files.open(path, isBinary)
    const { evaluating, caller } = call
    const isRelative = !isAbsolute(path) && !path.startsWith('file://')
    if (caller !== evaluating && isRelative && files.isLoading) {
      services.log.warning(`open(${JSON.stringify(path)}) in ${caller} is relative to ${evaluating}, which calls it`)
    }
    return files.open(path, isBinary, files.folderOf(evaluating, program.positions.entry))
  }

  #requirePaths(path: string): string[] {
    const { program, files } = this.#options
    const call = openCall(program.positions)
    const { entry } = program.positions
    const folders = [call?.evaluating ?? entry, call?.caller ?? entry, entry].map((file) => files.folderOf(file, entry))
    const name = path.startsWith('file://') ? fileURLToPath(path) : path
    return folders.map((folder) => resolve(folder, name))
  }

  /** Creates a VU and runs the init code in it. `done` gets the outcome; `loaded` is undefined unless the init code completed. */
  create(
    ids: { readonly idInInstance: number; readonly idInTest: number; readonly localAddress?: string },
    done: (loaded: LoadedVu | undefined, outcome: Outcome) => void,
  ): VirtualUser {
    const { services, program } = this.#options
    const vu = new VirtualUser(services, ids.idInInstance, ids.idInTest, ids.localAddress)
    const world = new World(vu, this.#environment)
    let exports: ScriptExports | undefined
    const init = program.initializer(world, vu.runtime, (result) => {
      exports = result
    })
    vu.begin(init, [], {
      runEnded: (_vu, outcome) => {
        if (outcome !== 'completed') return done(undefined, outcome)
        if (exports !== undefined) {
          services.overrideOptions(exports['options'])
          return done(new WorldVu(vu, world, exports, this.#options.setupData), outcome)
        }
        services.log.error(
          'the init code never ends: nothing is left that could settle what a top-level await waits for',
          {
            hint: 'import-time code must come to an end before the test can start',
          },
        )
        done(undefined, 'failed')
      },
    })
    return vu
  }
}

/** `import.meta` of each file; all VUs share it. */
function importMetaOf(entry: string): (file: string) => ImportMeta {
  const known = new Map<string, ImportMeta>()
  return (file) => {
    const url = new URL(file, entry).href
    const meta = known.get(url) ?? { url, resolve: (specifier: string) => new URL(specifier, url).href }
    known.set(url, meta)
    return meta
  }
}

class WorldVu implements LoadedVu {
  readonly vu: VirtualUser
  readonly exports: ScriptExports
  readonly #world: World
  readonly #setupJson: () => string | undefined

  constructor(vu: VirtualUser, world: World, exports: ScriptExports, setupJson: () => string | undefined) {
    this.vu = vu
    this.exports = exports
    this.#world = world
    this.#setupJson = setupJson
  }

  setEnvironment(env: Readonly<Record<string, string>>): void {
    this.#world.setEnvironment(env)
  }

  enterIteration(iteration: number): void {
    this.#world.enterIteration(iteration)
  }

  /** A new copy for each iteration, so that no iteration sees changes of another. */
  setupData(): unknown {
    const json = this.#setupJson()
    return json === undefined ? undefined : JSON.parse(json)
  }
}
