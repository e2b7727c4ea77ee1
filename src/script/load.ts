/**
 * From what the user named to a compiled script: locate, bundle, compile.
 *
 * Errors  ScriptLoadError
 */
import { BUILTIN_SPECIFIERS, blockingFunctions, callingFunctions } from '../modules/index.js'
import { worldNames } from '../modules/world.js'
import { bundleScript, type ScriptSource } from './bundle.js'
import { compile } from './compile.js'
import type { CompiledScript } from './program.js'

export interface LoadedSource {
  readonly script: CompiledScript
  /** Absolute paths of every file that went in. */
  readonly files: readonly string[]
}

export async function loadScript(
  source: ScriptSource,
  options: { cwd: string; color: boolean },
): Promise<LoadedSource> {
  const bundle = await bundleScript(source, { builtins: BUILTIN_SPECIFIERS, ...options })
  const program = compile(bundle.code, bundle.map, {
    worldNames: worldNames(bundle.code),
    blocking: blockingFunctions(),
    callers: callingFunctions(),
  })
  return {
    script: {
      code: program.code,
      map: JSON.stringify(program.map),
      kind: program.kind,
      // The compiler sees import statements only; `require()` may name more.
      imports: [...new Set([...program.imports, ...bundle.builtins])],
      isCommonJs: bundle.isCommonJs,
      url: bundle.url,
      folder: source.folder,
    },
    files: bundle.files,
  }
}
