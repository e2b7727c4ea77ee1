/**
 * The script compiler: one ES module (a bundle) becomes the text of one function that is called once per virtual user.
 *
 *   parse ▸ scope (who means what) ▸ flow (what may pause) ▸ emit (change the text) ▸ map to the user's files
 *
 * Shape   code      `(function () { …; return function ($$world, $$rt) { …; return exports } })()`, one expression, evaluated once
 *                   per thread; `kind` says which sort of function it gives and `evaluateProgram` (runtime/script-runtime.ts) knows how to call each
 *         $$world   the VU's world: `namespace(specifier)` is called for each imported specifier, in the order of the imports, and
 *                   the properties of what it gives are read at each use; `missing(text, specifier, name)` gives the function that
 *                   is called instead of an import that the module does not have; `global` is the VU's view of the global object,
 *                   where every name is looked up that neither the script nor the language declares; `meta` is `import.meta` of
 *                   the entry file, `metaOf(file)` that of another
 *         $$rt      the VU's script runtime (runtime/script-runtime.ts); contract.ts lists the names of both
 *         exports   an object without prototype, a getter per exported name
 * Errors  SyntaxError from the parser (with `loc`), or when an import is assigned to
 */
import { type EncodedSourceMap, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping'
import type { ProgramKind } from '../contract.js'
import { parseModule } from './ast.js'
import { type AwaitPlaces, awaitPlaces, placeFinder } from './awaits.js'
import { OriginalText, restoreDeclarations } from './declarations.js'
import { BEFORE_PROGRAM, Edits, NOWHERE } from './edits.js'
import { Emitter, type Names } from './emit.js'
import { hoistText } from './emit-function.js'
import { emitModule, type ModuleLinks } from './emit-module.js'
import { findPauses } from './flow.js'
import { type ImportedName, importedNames } from './imported-names.js'
import { metaFiles } from './meta-files.js'
import { resolveScopes } from './resolve-scopes.js'
import { markGlobalThis, sloppyFunctions } from './sloppy.js'
import { TextLines } from './text-lines.js'

export interface CompileOptions {
  /**
   * Names that the VU's view of the global object provides. All names that nothing declares are looked up there; listing one is
   * only needed to take a global of the language itself (`Math`) from the view.
   */
  worldNames?: readonly string[]
  /**
   * Functions of built-in modules that may pause, by specifier: `{ k6: ['sleep'], 'k6/ws': ['connect'] }`. `Class.method` names a
   * method of an object that the module makes.
   */
  blocking?: Readonly<Record<string, readonly string[]>>
  /** Functions of built-in modules that pause only when a function they are given does: `{ k6: ['group', 'check'] }`. */
  callers?: Readonly<Record<string, readonly string[]>>
  /** What `require` is asked for; without it that may be any built-in module. */
  required?: readonly string[]
  /** Some `let` are constants that the script assigns to: see declarations.ts. */
  hasWrittenConstants?: boolean
  /** Name of the source in the map, when the text has no map of its own. */
  sourceName?: string
}

export interface CompiledProgram {
  code: string
  map: EncodedSourceMap
  kind: ProgramKind
  /** The module has a top-level await, so that the exports come as a promise. */
  isAsync: boolean
  exports: string[]
  /** Specifiers of built-in modules, in the order of the imports. */
  imports: string[]
  /** What is imported from them by name. */
  importedNames: ImportedName[]
  /** Where exported functions await. */
  awaits: AwaitPlaces
  /** How many functions got a second, pausable form. */
  pausable: number
}

export function compile(
  source: string,
  map: string | object | undefined,
  options: CompileOptions = {},
): CompiledProgram {
  const program = parseModule(source)
  const scopes = resolveScopes(program)
  const plan = findPauses(program, scopes, options)
  const edits = new Edits(source)
  const names = chooseNames(source)
  const emitter = new Emitter(edits, names, plan, scopes.module, new Set(options.worldNames))
  if (source.startsWith('#!')) edits.insert(0, '//')
  const upstream = map === undefined ? undefined : new TraceMap(map as SourceMapInput)
  const lines = new TextLines(source)
  emitter.metaFile = metaFiles(lines, upstream)
  emitter.sloppy = sloppyFunctions(program)
  if (upstream !== undefined) {
    const original = new OriginalText(lines, upstream)
    restoreDeclarations({ program, edits, original, isEverywhere: options.hasWrittenConstants === true })
    markGlobalThis(program, original)
  }
  const links = emitModule(emitter, program)
  const kind = programKind(plan.pauses(scopes.module), scopes.module.hasAwait)
  edits.insert(BEFORE_PROGRAM, head(emitter, links, kind) + hoistText(emitter, program.body, 'var'), NOWHERE)
  const sourceName = options.sourceName ?? 'script.js'
  const output = edits.apply(THREAD_HEAD, tail(emitter, links), upstream, sourceName)
  const placeOf = placeFinder(lines, upstream, sourceName)
  return {
    code: output.code,
    map: output.map,
    kind,
    isAsync: scopes.module.hasAwait,
    exports: links.exports.map((item) => item.name),
    imports: links.imports,
    importedNames: importedNames(program, placeOf),
    awaits: awaitPlaces(program, links, placeOf),
    pausable: plan.pausable,
  }
}

/** A prefix for our own names that occurs nowhere in the source. */
export function chooseNames(source: string): Names {
  let prefix = '$$'
  for (let n = 0; source.includes(prefix); n++) prefix = `$$${n}_`
  return {
    prefix,
    world: `${prefix}world`,
    runtime: `${prefix}rt`,
    view: `${prefix}g`,
    pause: `${prefix}P`,
    call: `${prefix}C`,
    next: `${prefix}N`,
    captured: `${prefix}e`,
  }
}

function programKind(pauses: boolean, hasAwait: boolean): ProgramKind {
  if (pauses) return hasAwait ? 'pausable-async' : 'pausable'
  return hasAwait ? 'async' : 'plain'
}

const HEADS: Record<ProgramKind, string> = {
  plain: 'function',
  async: 'async function',
  pausable: 'function*',
  'pausable-async': 'function*',
}

/** The start of the function that a thread calls once, for the program that its VUs call. */
const THREAD_HEAD = "(function () { 'use strict'; "

function head(emitter: Emitter, links: ModuleLinks, kind: ProgramKind): string {
  const { importedModules } = emitter
  const { world, runtime, view, pause, call, next } = emitter.names
  let text = `return ${HEADS[kind]} (${world}, ${runtime}) { const ${view} = ${emitter.world('global')};`
  text += ` const ${pause} = ${emitter.runtime('pause')}, ${call} = ${emitter.runtime('call')}, ${next} = ${emitter.runtime('next')};`
  for (const [specifier, variable] of importedModules)
    text += ` const ${variable} = ${emitter.world('namespace')}(${JSON.stringify(specifier)});`
  for (const { local, specifier } of links.namespaces)
    text += ` const ${local} = ${emitter.world('namespace')}(${JSON.stringify(specifier)});`
  for (const { local, specifier } of links.defaults) text += ` const ${local} = ${importedModules.get(specifier)};`
  if (emitter.onceNames.length > 0) text += ` let ${emitter.onceNames.join(', ')};`
  return text + emitter.declareTemps(emitter.state.maxTemps)
}

function tail(emitter: Emitter, links: ModuleLinks): string {
  const getters = links.exports.map(({ name, text }) => `get ${JSON.stringify(name)}() { return ${text} }`)
  const object = `{ __proto__: null${getters.map((getter) => `, ${getter}`).join('')} }`
  const all = links.reexports.reduce(
    (text, specifier) =>
      `${emitter.runtime('reexport')}(${text}, ${emitter.world('namespace')}(${JSON.stringify(specifier)}))`,
    object,
  )
  return `\n;return ${all} } })()`
}
