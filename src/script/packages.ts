/**
 * npm packages in the bundle: their builds for Node, or for browsers where the script asks for it; native add-ons and `require`s that
 * lead nowhere, which become errors at run time, because most packages that contain them do without.
 */
import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import type {
  BuildFailure,
  BuildOptions,
  BuildResult,
  Message,
  OnLoadResult,
  OnResolveResult,
  Plugin,
  PluginBuild,
} from 'esbuild'
import { PURE_ALTERNATIVES } from './native-packages.js'
import { UNRESOLVED } from './unresolved.js'

/** `@scope/name` of `@scope/name/lib/file.js`. */
export function packageOf(specifier: string): string {
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
}

/** The package that a file is of; undefined for the user's own. */
export function packageOfFile(path: string): string | undefined {
  return /(?:^|.*[\\/])node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1]?.replace('\\', '/')
}

type Resolve = PluginBuild['resolve']
type Build = (options: BuildOptions) => Promise<unknown>

export const OWN_RESOLUTION = 'resolved by sockeye'

/**
 * Packages that the script wants as browsers get them, and what they import themselves. The bundler resolves in one manner per build,
 * so a second, empty build lends its own.
 */
export function browserPackages(names: readonly string[], build: Build): Plugin {
  return {
    name: 'sockeye-browser-packages',
    setup(main) {
      if (names.length === 0) return
      const wanted = new Set(names)
      /** Files of those packages, and of what they import in turn. */
      const files = new Set<string>()
      const { resolve, done } = lendResolve(build, main.initialOptions.absWorkingDir)
      main.onEnd(done)
      main.onResolve({ filter: /.*/ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
        if (pluginData === OWN_RESOLUTION || kind === 'entry-point') return undefined
        if (!files.has(importer) && !wanted.has(packageOf(path))) return undefined
        const found = await (await resolve)(path, { kind, resolveDir, importer, pluginData: OWN_RESOLUTION })
        if (found.errors.length > 0) return undefined
        files.add(found.path)
        return resolved(found)
      })
    },
  }
}

function resolved({ path, namespace, external, sideEffects, suffix }: Awaited<ReturnType<Resolve>>): OnResolveResult {
  return { path, namespace, external, sideEffects, suffix }
}

function lendResolve(build: Build, absWorkingDir: string | undefined): { resolve: Promise<Resolve>; done: () => void } {
  let done: () => void = () => {}
  const isOver = new Promise<void>((end) => {
    done = end
  })
  const resolve = new Promise<Resolve>((lend, fail) => {
    const plugin: Plugin = {
      name: 'sockeye-lender',
      setup(lender) {
        lender.onStart(async () => {
          lend(lender.resolve)
          await isOver
        })
      },
    }
    build({
      stdin: { contents: '' },
      absWorkingDir,
      bundle: true,
      write: false,
      platform: 'browser',
      plugins: [plugin],
    }).catch(fail)
  })
  return { resolve, done }
}

export const NATIVE_NAMESPACE = 'sockeye-native'
const MISSING_NAMESPACE = 'sockeye-missing'

/** Packages that do nothing but load the compiled code of another package. */
const NATIVE_LOADERS =
  /^(bindings|cmake-ts(?:\/.*)?|node-gyp-build|node-gyp-build-optional-packages|@mapbox\/node-pre-gyp|prebuildify|node-pre-gyp)$/

/** `.node` files, and the packages that look for them. */
export function nativeAddOns(): Plugin {
  return {
    name: 'sockeye-native-add-ons',
    setup(build) {
      build.onResolve({ filter: /\.node$/ }, ({ path, importer }) => native(path, importer))
      build.onResolve({ filter: NATIVE_LOADERS }, ({ path, importer }) => native(path, importer))
      build.onLoad({ filter: /.*/, namespace: NATIVE_NAMESPACE }, ({ pluginData }) => throwing(pluginData as string))
      build.onLoad({ filter: /\.wasm$/ }, ({ path }) => wasm(path))
    },
  }
}

function native(path: string, importer: string): OnResolveResult | undefined {
  const name = packageOfFile(importer)
  if (name === undefined && NATIVE_LOADERS.test(path)) return undefined
  const owner = name ?? path
  const instead = PURE_ALTERNATIVES[owner]
  const advice = instead?.startsWith('no ') ? instead : `use ${instead ?? 'a package of pure JavaScript'}`
  const text = `the package ${owner} is a native add-on (${path}), which virtual users cannot load; ${advice}`
  return { path: `${owner}:${path}`, namespace: NATIVE_NAMESPACE, pluginData: text }
}

/** A module that throws when it is evaluated: in a `require` that its package guards, or where the package cannot do without. */
function throwing(text: string): OnLoadResult {
  const error = `Object.assign(new Error(${JSON.stringify(text)}), { code: 'MODULE_NOT_FOUND' })`
  return { contents: `module.exports = undefined; throw ${error}`, loader: 'js' }
}

/** Its bytes as a compiled module, one for all that import it. */
function wasm(path: string): OnLoadResult {
  const text = readFileSync(path).toString('base64')
  const contents = `export default new WebAssembly.Module(Uint8Array.from(atob(${JSON.stringify(text)}), (c) => c.charCodeAt(0)))`
  return { contents, loader: 'js' }
}

/** `require('x')` in a file of a package, where x is not installed. */
interface MissingModule {
  readonly specifier: string
  readonly file: string
  readonly line: number
}

/** A `require` with a computed name takes whatever is in its folder: read-mes, licences. */
const NO_MODULE = /^No loader is configured for ".*" files: (.+)$/

/** All of a failed build's errors when each is such a `require`; undefined when anything else is wrong. */
function missingModules(errors: readonly Message[], cwd: string): MissingModule[] | undefined {
  const missing = errors.map(({ text, location }) => {
    const specifier = UNRESOLVED.exec(text)?.[1] ?? NO_MODULE.exec(text)?.[1]
    if (specifier === undefined || location === null) return undefined
    const isRequire = /\brequire(\.resolve)?\s*\(\s*$/.test(location.lineText.slice(0, location.column))
    if (!isRequire || packageOfFile(location.file) === undefined) return undefined
    return { specifier, file: location.file, line: location.line }
  })
  if (missing.length === 0 || missing.includes(undefined)) return undefined
  return (missing as MissingModule[]).map((module) => ({ ...module, file: relative(cwd, module.file) || module.file }))
}

/** In the second build: each throws where it is required. */
function withoutMissing(missing: readonly MissingModule[], cwd: string): Plugin {
  return {
    name: 'sockeye-missing-modules',
    setup(build) {
      if (missing.length === 0) return
      const bySpecifier = new Map(missing.map((module) => [module.specifier, module]))
      const files = new Set(missing.map(({ specifier }) => resolve(cwd, specifier)))
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        const module = bySpecifier.get(path)
        if (module === undefined || kind === 'entry-point' || packageOfFile(importer) === undefined) return undefined
        const text = `Cannot find module '${path}' (required at ${module.file}:${module.line}); install it with: npm install ${packageOf(path)}`
        return { path, namespace: MISSING_NAMESPACE, pluginData: text }
      })
      build.onLoad({ filter: /.*/, namespace: MISSING_NAMESPACE }, ({ pluginData }) => throwing(pluginData as string))
      build.onLoad({ filter: /.*/ }, ({ path }) =>
        files.has(path) ? throwing(`Cannot find module '${path}': it is no module`) : undefined,
      )
    },
  }
}

/** Not a file: `namespace:path`. */
export function isOfPlugin(input: string): boolean {
  return /^[\w-]{2,}:/.test(input)
}

/** Files of packages that ask where they are: the bundle is one file, so each is told. */
function withOwnPlaces(files: readonly string[]): Plugin {
  return {
    name: 'sockeye-places',
    setup(build) {
      if (files.length === 0) return
      const known = new Set(files)
      build.onLoad({ filter: /\.[cm]?js$/ }, ({ path }) => {
        if (!known.has(path)) return undefined
        const places = `var __filename = ${JSON.stringify(path)}, __dirname = ${JSON.stringify(dirname(path))}; `
        const text = readFileSync(path, 'utf8')
        return { contents: text.startsWith('#!') ? text.replace('\n', `\n${places}`) : places + text, loader: 'js' }
      })
    },
  }
}

/** Of these inputs, the files of packages that ask. */
function filesThatAskWhere(inputs: readonly string[]): string[] {
  return inputs.filter((path) => {
    if (!isAbsolute(path) || packageOfFile(path) === undefined || !/\.c?js$/.test(path)) return false
    const text = readFileSync(path, 'utf8')
    return /\b__(dir|file)name\b/.test(text) && !/\b(const|let|var) __(dir|file)name\b/.test(text)
  })
}

type Output = BuildResult<{ write: false; metafile: true }>

/** Most scripts are built once. Those with packages that want what is not there, or ask where they are, are built again. */
export async function withPackageRepairs<R extends Output>(
  build: (plugins: Plugin[]) => Promise<R>,
  cwd: string,
): Promise<R> {
  let missing: MissingModule[] = []
  const first = await build([]).catch((error: BuildFailure) => {
    missing = missingModules(error.errors ?? [], cwd) ?? []
    if (missing.length === 0) throw error
    return build([withoutMissing(missing, cwd)])
  })
  const code = first.outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? ''
  if (!/\b__(dir|file)name\b/.test(code)) return first
  const files = filesThatAskWhere(
    Object.keys(first.metafile.inputs).map((path) => (isOfPlugin(path) ? path : resolve(cwd, path))),
  )
  return files.length === 0 ? first : await build([withoutMissing(missing, cwd), withOwnPlaces(files)])
}

/**
 * Two helpers of the bundler do what Node does; each stays on its line.
 *
 *   A CommonJS package that says it was an ES module gives its `exports.default` as the default. Where it has none, the default is the whole.
 *   `require('./parts/' + name)` finds files whose extension the name leaves out.
 */
export function asInNode(code: string): string {
  const extensions = ['.js', '.cjs', '.json', '/index.js'].map((end) => `map[path + '${end}']`)
  return code
    .replace(
      'isNodeMode || !mod || !mod.__esModule ?',
      "isNodeMode || !mod || !mod.__esModule || !('default' in mod) ?",
    )
    .replace(
      /^(var __glob = \(map\) => \(path\) => \{\s*var fn = )map\[path\];/m,
      `$1map[path] || ${extensions.join(' || ')};`,
    )
}
