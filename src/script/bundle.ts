/**
 * From the user's entry file to one ES module text: TypeScript stripped, relative imports, JSON and npm packages inlined,
 * imports of built-in modules (`k6`, `k6/x/tcp`, …) kept. An archive that holds such a text already is taken as it is.
 *
 * Errors  ScriptLoadError with a code frame for syntax errors and modules that cannot be found; it lists them all
 */
import { lstat, readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type {
  BuildResult as AnyBuildResult,
  BuildFailure,
  BuildOptions,
  Loader,
  Location,
  Metafile,
  Plugin,
} from 'esbuild'
import { nodeSpecifier } from '../node/catalog.js'
import { markEntry } from '../pausable/compiler/meta-files.js'
import type { Archive, ArchivedProgram } from './archive.js'
import { archivedModules, bareName, withoutNamespace } from './archived-modules.js'
import { type BundlerEnd, bundlerEnd, canBundle, isProcessGone, loadBundler } from './bundler.js'
import { namedFiles, packagesOfCreatedRequires, REQUIRED_FILES, requiredFiles } from './computed-requires.js'
import { ScriptLoadError } from './errors.js'
import type { ScriptSource } from './locate.js'
import { readLock } from './module-lock.js'
import { contentDecides } from './module-types.js'
import { assertShallow, isOutputTooLong, shallowFiles } from './nesting.js'
import { NetworkLoader, type NetworkModuleOptions, type NetworkModules } from './network-modules.js'
import { NO_PACKAGE_OPTIONS, type PackageOptions, packageOptionsIn } from './package-options.js'
import { type PackageUse, packageUses } from './package-use.js'
import { asInNode, browserPackages, isOfPlugin, nativeAddOns, withPackageRepairs } from './packages.js'
import { SharedPackages } from './shared-packages.js'
import { helperAt, helperModules, withModuleName } from './stand-ins.js'
import { syntaxAdvice } from './syntax-advice.js'
import { unknownBuiltin } from './unknown-builtin.js'
import { withOwnAdvice } from './unresolved.js'
import { withoutConstants, writtenConstants } from './written-constants.js'

type BuildResult = AnyBuildResult<{ metafile: true; write: false }>

export interface Bundle {
  readonly code: string
  /** Source map, JSON text. Its sources are paths relative to the current folder; the last one is the entry file. */
  readonly map: string
  /** True when the entry file is CommonJS: its exports are the properties of `default`. */
  readonly isCommonJs: boolean
  /** URL of the entry file: `import.meta.url`. */
  readonly url: string
  /** Absolute paths of every file that went in; URLs in an archive. */
  readonly files: readonly string[]
  /** Built-in modules that are imported or required anywhere. */
  readonly builtins: readonly string[]
  /** Some of its `let` are constants of the user's: the original texts say which. */
  readonly hasWrittenConstants?: boolean
  /** It has `require(name)` whose name is computed. */
  readonly computesRequires?: boolean
  /** What came from the network. */
  readonly network: NetworkModules
  /** What the bundler did with packages that the script names in its options. */
  readonly packageOptions: PackageOptions
  /** What each npm package in it needs. */
  readonly packages: readonly PackageUse[]
}

export interface BundleOptions {
  /** Specifiers of the built-in modules. */
  readonly builtins: readonly string[]
  readonly cwd: string
  readonly color?: boolean
  readonly network: NetworkModuleOptions
}

/** The name that the bundler gives to a text that is no file: a script from standard input, or the import of one from the network. */
function textName(name: string): string {
  return name === '-' ? 'stdin.ts' : 'network.ts'
}

const LOADERS: Record<string, Loader> = {
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
}

export async function bundleScript(source: ScriptSource, options: BundleOptions): Promise<Bundle> {
  const { archive } = source
  if (archive?.program !== undefined) return bundleIn(archive, archive.program, options.builtins)
  const { build, formatMessages } = loadBundler()
  const ended = bundlerEnd()
  const entry = entryOf(source, options.cwd)
  if (isFile(source) && !(extname(entry) in LOADERS)) await assertText(entry, source.name)
  const moduleTypes = await contentDecides(source.folder)
  const network = new NetworkLoader(options.network, await readLock(source.folder), LOADERS)
  const text = await textOf(source, entry)
  assertShallow(Buffer.from(text), source.name)
  const packageOptions = packageOptionsIn(text)
  const sharedPackages = new SharedPackages(packageOptions.sharedPackages, options.cwd, build, [
    builtinsPlugin(options.builtins),
    nativeAddOns(),
  ])
  const buildOnce = async (plugins: Plugin[], inject: string[]): Promise<BuildResult> =>
    build({
      ...input(source, entry),
      inject,
      absWorkingDir: options.cwd,
      bundle: true,
      write: false,
      format: 'esm',
      // Packages get their builds for Node: its modules are there.
      platform: 'node',
      target: 'es2023',
      charset: 'utf8',
      legalComments: 'none',
      sourcemap: 'external',
      sourcesContent: true,
      outfile: 'program.js',
      metafile: true,
      logLevel: 'silent',
      loader: extname(entry) in LOADERS ? {} : { [extname(entry)]: 'ts' },
      define: { 'process.env.NODE_ENV': '"production"' },
      plugins: [
        shallowFiles(options.cwd),
        ...plugins,
        ...(archive === undefined ? [] : [archivedModules(archive.files, entry, LOADERS)]),
        ...(isFile(source) && (await isLink(entry)) ? [entryAsNamed(entry)] : []),
        builtinsPlugin(options.builtins),
        ...(archive === undefined ? moduleTypes : []),
        helperModules(),
        network.plugin(),
        sharedPackages.plugin(),
        browserPackages(packageOptions.browserPackages, build),
        nativeAddOns(),
      ],
    })
  const attempt = (plugins: Plugin[] = [], inject: string[] = []): Promise<BuildResult> =>
    sharedPackages.complete(() => withPackageRepairs((more) => buildOnce([...plugins, ...more], inject), options.cwd))
  const originals = new Map<string, string>()
  try {
    const plain = await attempt().catch((failure: Partial<BuildFailure>) => {
      const places = writtenConstants(failure.errors ?? [], options.cwd)
      if (places === undefined || places.size === 0) throw failure
      return attempt([withoutConstants(places, LOADERS, originals)]).catch(() => {
        throw failure
      })
    })
    const named = archive === undefined ? await requiredBy(plain, options.cwd, source.folder) : undefined
    // A text that names a file may not mean a module.
    const result = named?.size ? await attempt([requiredFiles(named)], [REQUIRED_FILES]).catch(() => plain) : plain
    const code = sharedPackages.addTo(asInNode(outputText(result.outputFiles, 'program.js')))
    const raw = outputText(result.outputFiles, 'program.js.map')
    const sources = archive === undefined ? withFileNames(withoutNamespace(raw), options.cwd, originals) : raw
    const map = markEntry(sources, entryPoint(result.metafile))
    const sharedFiles = sharedPackages.metafile
    const shared = {
      code,
      isCommonJs: isCommonJs(result.metafile),
      hasWrittenConstants: originals.size > 0,
      computesRequires: named !== undefined,
      builtins: builtinsIn([result.metafile, ...(sharedFiles ? [sharedFiles] : [])], options.builtins),
      packages: packageUses(result.metafile, sharedFiles, packageOptions),
      network: network.modules,
      packageOptions,
    }
    if (archive !== undefined) {
      return { ...shared, map: withoutNamespace(map), url: entry, files: [...archive.files.keys()] }
    }
    const files = filesIn(result, options.cwd)
    return { ...shared, map, url: pathToFileURL(entry).href, files }
  } catch (error) {
    const failure = error as BuildFailure
    if (!Array.isArray(failure.errors)) throw await withoutMessages(failure, source.name, ended)
    const own = failure.errors.find(({ detail }) => detail instanceof ScriptLoadError)
    if (own !== undefined) throw own.detail
    // Users need not know which plugin found the error.
    const notices = network.modules.notices.map(({ message }) => message)
    const errors = failure.errors.map((message) => {
      const placed = { ...message, pluginName: '', location: shownPlace(message.location, source) }
      return withOwnAdvice(withModuleName(placed, options.cwd, notices))
    })
    const frames = await formatMessages(errors, { kind: 'error', color: options.color ?? false })
    throw ScriptLoadError.fromBundler(failure.errors, frames, await syntaxAdvice(failure.errors, options.cwd))
  }
}

function bundleIn({ files, metadata }: Archive, program: ArchivedProgram, known: readonly string[]): Bundle {
  const { code } = program
  // Those that only require() brings in are named in the code alone.
  const ofNode = [...code.matchAll(/require\(\\?"(node:[\w/]+)\\?"\)/g)].map(([, specifier]) => specifier as string)
  return {
    ...program,
    builtins: [...known.filter((specifier) => code.includes(`"${specifier}"`)), ...ofNode],
    url: metadata.filename,
    files: [...files.keys()],
    network: NOTHING_FETCHED,
    packageOptions: NO_PACKAGE_OPTIONS,
    packages: [],
  }
}

/** esbuild has failed, and lists no errors of the script. */
async function withoutMessages(failure: Error, name: string, ended: Promise<BundlerEnd>): Promise<ScriptLoadError> {
  const orImport = `"${name}", or a module that it imports,`
  if (isOutputTooLong(failure)) return ScriptLoadError.tooDeep(orImport)
  if (!isProcessGone(failure) || !canBundle()) return ScriptLoadError.noBundler(failure)
  const { reason, isStackOverflow } = await ended
  return isStackOverflow ? ScriptLoadError.tooDeep(orImport) : ScriptLoadError.bundlerEnded(reason, failure)
}

/** The line that imports a script from the network is not the user's; modules from there go by their URLs. */
function shownPlace(place: Location | null, source: ScriptSource): Location | null {
  if (place === null || (source.text !== undefined && source.name !== '-' && place.file === textName(source.name)))
    return null
  return { ...place, file: bareName(place.file) }
}

/** What `require` may be asked for by a computed name; undefined when no name is computed. */
async function requiredBy(result: BuildResult, cwd: string, folder: string): Promise<Map<string, string> | undefined> {
  const code = outputText(result.outputFiles, 'program.js')
  const isCreated = /\bcreateRequire\b/.test(code)
  if (!isCreated && !code.includes('__require')) return undefined
  const files = filesIn(result, cwd)
  const packages = isCreated ? await packagesOfCreatedRequires(files) : new Map<string, string>()
  const named = await namedFiles(files, folder)
  if (named === undefined && packages.size === 0) return undefined
  return new Map([...packages, ...(named ?? []).map((path) => [path, path] as const)])
}

/** Those on the disk. */
function filesIn({ metafile }: BuildResult, cwd: string): string[] {
  return Object.keys(metafile.inputs).flatMap((path) => (isOfPlugin(path) ? [] : [resolve(cwd, path)]))
}

const NOTHING_FETCHED: NetworkModules = { contents: new Map(), notices: [] }

/** Path of the entry file; its URL in an archive. */
function entryOf({ archive, path, name }: ScriptSource, cwd: string): string {
  return archive?.metadata.filename ?? path ?? resolve(cwd, textName(name))
}

function isFile({ archive, text }: ScriptSource): boolean {
  return archive === undefined && text === undefined
}

function input({ text, folder, name }: ScriptSource, entry: string): Pick<BuildOptions, 'entryPoints' | 'stdin'> {
  if (text === undefined) return { entryPoints: [entry] }
  return { stdin: { contents: text, resolveDir: folder, loader: 'ts', sourcefile: textName(name) } }
}

function outputText(files: readonly { path: string; text: string }[], name: string): string {
  const file = files.find(({ path }) => path.endsWith(name))
  if (file === undefined) throw new Error(`esbuild gave no ${name}`)
  return file.text
}

function builtinsIn(metafiles: readonly Metafile[], known: readonly string[]): string[] {
  const inputs = metafiles.flatMap((metafile) => Object.values(metafile.inputs))
  const imported = new Set(inputs.flatMap(({ imports }) => imports.map(({ path }) => path)))
  return [...known.filter((specifier) => imported.has(specifier)), ...[...imported].filter(isOfNode)]
}

function isOfNode(specifier: string): boolean {
  return specifier.startsWith('node:')
}

async function textOf({ archive, text }: ScriptSource, entry: string): Promise<string> {
  if (archive !== undefined) return Buffer.from(archive.main).toString('utf8')
  return text ?? (await readFile(entry, 'utf8'))
}

/** The bundler writes what has a meaning in URLs, and letters beyond ASCII, as URLs do; users know the names of their files. */
function withFileNames(map: string, cwd: string, originals: ReadonlyMap<string, string>): string {
  const parsed = JSON.parse(map) as { sources: string[]; sourcesContent: string[] }
  const sources = parsed.sources.map(fileName).map((name) => helperAt(resolve(cwd, name)) ?? name)
  const sourcesContent = sources.map((name, i) => originals.get(resolve(cwd, name)) ?? parsed.sourcesContent[i])
  return JSON.stringify({ ...parsed, sources, sourcesContent })
}

function fileName(source: string): string {
  try {
    return decodeURIComponent(source)
  } catch {
    // A package's own source map may name anything.
    return source
  }
}

/** The name of the entry file, as the source map has it. */
function entryPoint({ outputs }: Metafile): string {
  const output = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined)
  return output?.entryPoint as string
}

function isCommonJs(metafile: Metafile): boolean {
  return metafile.inputs[entryPoint(metafile)]?.format === 'cjs'
}

/** A file without a known extension is taken for a script, unless it is plainly something else. */
async function assertText(path: string, name: string): Promise<void> {
  const head = (await readFile(path)).subarray(0, 1024)
  if (head.includes(0)) throw ScriptLoadError.notAScript(name)
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )
}

/** A script that is a link stays where the link is: there its imports begin, as `open()` does. */
function entryAsNamed(entry: string): Plugin {
  return {
    name: 'sockeye-entry',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ kind }) => (kind === 'entry-point' ? { path: entry } : undefined))
    },
  }
}

/** Names that Node's modules have: `net`, `node:net`, `dns/promises`. */
const NODE_MODULE = /^(node:)?[a-z0-9_]+(\/[a-z0-9]+)?$/

/** Of `await import('k6/http')`: the engine that runs the bundle has no module loader to ask. */
const LATE_BUILTIN = 'late-builtin'

function builtinsPlugin(builtins: readonly string[]): Plugin {
  const known = new Set(builtins)
  return {
    name: 'sockeye-builtins',
    setup(build) {
      build.onResolve({ filter: /^k6($|\/)/i }, ({ path, kind }) => {
        if (!known.has(path)) return { errors: [{ text: unknownBuiltin(path, builtins) }] }
        return kind === 'dynamic-import' ? { path, namespace: LATE_BUILTIN } : { path, external: true }
      })
      build.onLoad({ filter: /.*/, namespace: LATE_BUILTIN }, ({ path }) => ({
        contents: `import all from ${JSON.stringify(path)}\nmodule.exports = all`,
      }))
      build.onResolve({ filter: NODE_MODULE }, ({ path }) => {
        const specifier = nodeSpecifier(path)
        return specifier === undefined ? undefined : { path: specifier, external: true }
      })
    },
  }
}
