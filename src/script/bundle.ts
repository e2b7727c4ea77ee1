/**
 * From the user's entry file to one ES module text: TypeScript stripped, relative imports, JSON and npm packages inlined,
 * imports of built-in modules (`k6`, `k6/x/tcp`, …) kept.
 *
 * Errors  ScriptLoadError with a code frame for syntax errors and modules that cannot be found; it lists them all
 */
import { readFile, stat } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BuildFailure, Loader, Metafile, Plugin } from 'esbuild'
import { ScriptLoadError } from './errors.js'
import { nearest } from './nearest.js'

export interface ScriptSource {
  /** As the user gave it: a path, or `-` for standard input. */
  readonly name: string
  /** Where relative imports and `open()` start. */
  readonly folder: string
  /** Text of standard input; files are read from disk. */
  readonly text?: string
}

export interface Bundle {
  readonly code: string
  /** Source map, JSON text. Its sources are paths relative to the current folder. */
  readonly map: string
  /** True when the entry file is CommonJS: its exports are the properties of `default`. */
  readonly isCommonJs: boolean
  /** URL of the entry file: `import.meta.url`. */
  readonly url: string
  /** Absolute paths of every file that went in. */
  readonly files: readonly string[]
  /** Built-in modules that are imported or required anywhere. */
  readonly builtins: readonly string[]
}

export interface BundleOptions {
  /** Specifiers of the built-in modules. */
  readonly builtins: readonly string[]
  readonly cwd: string
  readonly color?: boolean
}

/** Modules of Node that only compute; a script may use them, most often through an npm package. */
const PURE_NODE_MODULES = new Set([
  'assert',
  'buffer',
  'events',
  'path',
  'punycode',
  'querystring',
  'string_decoder',
  'url',
  'util',
])

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

/** Finds the script that a command was given. */
export async function locateScript(
  argument: string,
  cwd: string,
  readStdin: () => Promise<string>,
): Promise<ScriptSource> {
  if (argument === '-') return { name: '-', folder: cwd, text: await readStdin() }
  const path = resolve(cwd, argument.startsWith('file://') ? new URL(argument).pathname : argument)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw ScriptLoadError.notFound(argument)
  if (found.isDirectory()) throw ScriptLoadError.isFolder(argument)
  return { name: argument, folder: dirname(path) }
}

export async function bundleScript(source: ScriptSource, options: BundleOptions): Promise<Bundle> {
  const { build, formatMessages } = await import('esbuild')
  const entry = resolve(options.cwd, source.name === '-' ? 'stdin.ts' : fileName(source.name))
  if (source.text === undefined && !(extname(entry) in LOADERS)) await assertText(entry, source.name)
  try {
    const result = await build({
      ...(source.text === undefined
        ? { entryPoints: [entry] }
        : { stdin: { contents: source.text, resolveDir: source.folder, loader: 'ts', sourcefile: 'stdin.ts' } }),
      absWorkingDir: options.cwd,
      bundle: true,
      write: false,
      format: 'esm',
      // What npm packages find here is closest to a browser: WebSocket, timers, no Node built-ins.
      platform: 'browser',
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
      plugins: [builtinsPlugin(options.builtins)],
    })
    const [code, map] = [outputText(result.outputFiles, 'program.js'), outputText(result.outputFiles, 'program.js.map')]
    const files = Object.keys(result.metafile.inputs).map((path) => resolve(options.cwd, path))
    const builtins = builtinsIn(result.metafile, options.builtins)
    return { code, map, isCommonJs: isCommonJs(result.metafile), url: pathToFileURL(entry).href, files, builtins }
  } catch (error) {
    const failure = error as BuildFailure
    if (!Array.isArray(failure.errors)) throw error
    const frames = await formatMessages(failure.errors, { kind: 'error', color: options.color ?? false })
    throw ScriptLoadError.fromBundler(failure.errors, frames)
  }
}

function fileName(name: string): string {
  return name.startsWith('file://') ? new URL(name).pathname : name
}

function outputText(files: readonly { path: string; text: string }[], name: string): string {
  const file = files.find(({ path }) => path.endsWith(name))
  if (file === undefined) throw new Error(`esbuild gave no ${name}`)
  return file.text
}

function builtinsIn({ inputs }: Metafile, known: readonly string[]): string[] {
  const imported = new Set(Object.values(inputs).flatMap(({ imports }) => imports.map(({ path }) => path)))
  return known.filter((specifier) => imported.has(specifier))
}

function isCommonJs(metafile: Metafile): boolean {
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)
  const input = output?.entryPoint === undefined ? undefined : metafile.inputs[output.entryPoint]
  return input?.format === 'cjs'
}

/** A file without a known extension is taken for a script, unless it is plainly something else. */
async function assertText(path: string, name: string): Promise<void> {
  const head = (await readFile(path)).subarray(0, 1024)
  if (head.includes(0)) throw ScriptLoadError.notAScript(name)
}

function builtinsPlugin(builtins: readonly string[]): Plugin {
  const known = new Set(builtins)
  return {
    name: 'sockeye-builtins',
    setup(build) {
      build.onResolve({ filter: /^k6($|\/)/ }, ({ path }) => {
        if (known.has(path)) return { path, external: true }
        const guess = nearest(path, builtins)
        const hint = guess === undefined ? '' : `; did you mean "${guess}"?`
        return { errors: [{ text: `unknown module "${path}"${hint}` }] }
      })
      build.onResolve({ filter: /^https?:\/\// }, ({ path }) => ({
        errors: [
          {
            text: `modules cannot be loaded over the network here: "${path}". Install the package with npm, or save the file beside the script and import it with a relative path`,
          },
        ],
      }))
      build.onResolve({ filter: /^[a-z]/ }, ({ path }) => {
        const name = path.replace(/^node:/, '')
        if (!builtinModules.includes(name.split('/')[0] as string)) return undefined
        if (PURE_NODE_MODULES.has(name) && path.startsWith('node:')) return { path, external: true }
        if (!path.startsWith('node:')) return undefined
        return {
          errors: [{ text: `"${path}" is not available to scripts: they run inside virtual users, not in Node` }],
        }
      })
    },
  }
}
