/**
 * From what the user named to a compiled script: locate, bundle, compile.
 *
 * Errors  ScriptLoadError
 */
import { BUILTIN_SPECIFIERS, blockingFunctions, callingFunctions } from '../modules/catalog.js'
import { type Bundle, bundleScript } from './bundle.js'
import { compileScript } from './compile.js'
import { askedModules } from './computed-requires.js'
import { ScriptLoadError } from './errors.js'
import type { ScriptSource } from './locate.js'
import type { NetworkModuleOptions } from './network-modules.js'
import type { CompiledScript } from './script-program.js'

export interface LoadedSource {
  readonly script: CompiledScript
  readonly bundle: Bundle
}

/** The built-in modules that a computed name may stand for. */
const STABLE = BUILTIN_SPECIFIERS.filter((specifier) => !specifier.startsWith('k6/experimental/'))

export async function loadScript(
  source: ScriptSource,
  options: { cwd: string; color: boolean; network: NetworkModuleOptions },
): Promise<LoadedSource> {
  const bundle = await bundleScript(source, { builtins: BUILTIN_SPECIFIERS, ...options })
  const program = await compileScript(source.name, bundle.code, bundle.map, {
    // A script that can seed it has a Math of its own in each VU. Reading the language's directly is faster.
    worldNames: bundle.code.includes('randomSeed') ? ['Math'] : [],
    blocking: blockingFunctions(),
    callers: callingFunctions(),
    required: askedModules(bundle.code),
    hasWrittenConstants: bundle.hasWrittenConstants === true,
  })
  // An archive may have been made by a version that knows more modules.
  const unknown = program.imports.filter((name) => !name.startsWith('node:') && !BUILTIN_SPECIFIERS.includes(name))
  if (unknown.length > 0) throw ScriptLoadError.unknownModules(source.name, unknown)
  return {
    script: {
      code: program.code,
      map: JSON.stringify(program.map),
      kind: program.kind,
      awaits: program.awaits,
      importedNames: program.importedNames,
      // The compiler sees import statements only; `require()` may name more.
      imports: [
        ...new Set([...program.imports, ...bundle.builtins, ...(bundle.computesRequires === true ? STABLE : [])]),
      ],
      isCommonJs: bundle.isCommonJs,
      url: bundle.url,
      folder: source.folder,
    },
    bundle,
  }
}
