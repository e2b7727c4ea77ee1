/**
 * Packages that all VUs of a shard share. They become one text of their own, with everything they need, that goes into the bundle as a
 * string; the shard evaluates it once. Where one of them is imported, the bundle asks that text for the module.
 *
 *   script ──import──► stand-in of the module ──► table ──► __sockeyeShared(text, map)
 *
 * A module exists once: what a shared package is made of is shared also where others import it.
 */
import { resolve } from 'node:path'
import type { BuildOptions, BuildResult, Metafile, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { SHARED_FILES, SHARED_PACKAGES } from '../node/catalog.js'
import { asInNode, isOfPlugin, OWN_RESOLUTION, packageOf, packageOfFile, withPackageRepairs } from './packages.js'

type Output = BuildResult<{ write: false; metafile: true }>
type Build = (options: BuildOptions) => Promise<Output>

const MODULE = 'sockeye-shared'
const TABLE = 'sockeye-shared-table'
const TABLE_NAME = 'sockeye:shared'
/** Placeholders for the text and its map while the bundle is made. */
const CODE_MARK = '"sockeye:shared code"'
const MAP_MARK = '"sockeye:shared map"'

export class SharedPackages {
  /** Of the text. */
  metafile: Metafile | undefined
  readonly #names: ReadonlySet<string>
  readonly #cwd: string
  readonly #build: Build
  readonly #plugins: Plugin[]
  /** What the bundle imports from the text; each has the number of its place. */
  readonly #entries = new Map<string, number>()
  /** The files in the text: the bundle may import some of them, too. */
  #files: ReadonlySet<string> = new Set()
  #code = ''
  #map = ''

  constructor(names: readonly string[], cwd: string, build: unknown, plugins: Plugin[]) {
    this.#names = new Set(names)
    this.#cwd = cwd
    this.#build = build as Build
    this.#plugins = plugins
  }

  /** For the build of the bundle. */
  plugin(): Plugin {
    return {
      name: 'sockeye-shared-packages',
      setup: (build) => {
        if (this.#names.size === 0) return
        const filter = this.#files.size === 0 ? /^[@\w]/ : /.*/
        build.onResolve({ filter }, async ({ path, kind, importer, resolveDir, pluginData }) => {
          if (pluginData === OWN_RESOLUTION || kind === 'entry-point' || /^node:/.test(path)) return undefined
          if (this.#files.size === 0 && !this.#names.has(packageOf(path))) return undefined
          const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: OWN_RESOLUTION })
          return found.errors.length > 0 || found.external || found.namespace !== 'file'
            ? undefined
            : this.#moduleAt(found.path)
        })
        build.onLoad({ filter: /.*/, namespace: MODULE }, async ({ path }) => ({
          contents: standIn(this.#entries.get(path) as number, await this.#isEsm(path)),
          loader: 'js',
          resolveDir: this.#cwd,
        }))
        build.onResolve({ filter: /^sockeye:shared/ }, ({ path }) => ({ path, namespace: TABLE }))
        build.onLoad({ filter: /.*/, namespace: TABLE }, ({ path }) => ({
          contents:
            path === TABLE_NAME
              ? `module.exports = ${SHARED_PACKAGES}(${CODE_MARK}, ${MAP_MARK})`
              : `module.exports = require('${TABLE_NAME}')[${path.slice(TABLE_NAME.length + 1)}]()`,
          loader: 'js',
          resolveDir: this.#cwd,
        }))
      },
    }
  }

  #moduleAt(path: string): OnResolveResult | undefined {
    if (!this.#files.has(path) && !this.#names.has(packageOfFile(path) ?? '')) return undefined
    if (!this.#entries.has(path)) this.#entries.set(path, this.#entries.size)
    return { path, namespace: MODULE }
  }

  /** Builds the bundle, then the text of what it shares, and the bundle again when a module would be in both. */
  async complete<R extends Output>(bundle: () => Promise<R>): Promise<R> {
    const first = await bundle()
    if (this.#entries.size === 0) return first
    const files = await this.#bundleShared()
    if (!this.#filesOf(first.metafile).some((file) => files.includes(file))) return first
    this.#files = new Set(files)
    const second = await bundle()
    await this.#bundleShared()
    return second
  }

  /** Puts the text into the bundle, at the end of a line, so that no position changes. */
  addTo(bundle: string): string {
    if (this.#entries.size === 0) return bundle
    return bundle
      .replace(CODE_MARK, () => JSON.stringify(this.#code))
      .replace(MAP_MARK, () => JSON.stringify(this.#map))
  }

  /** Gives the files that it is made of. */
  async #bundleShared(): Promise<string[]> {
    const modules = [...this.#entries].map(([path, id]) => `${id}: () => require(${JSON.stringify(path)})`)
    const build = (plugins: Plugin[]): Promise<Output> =>
      this.#build({
        stdin: { contents: `module.exports = { ${modules.join(', ')} }`, resolveDir: this.#cwd, loader: 'js' },
        absWorkingDir: this.#cwd,
        outfile: `${SHARED_FILES}.js`,
        bundle: true,
        write: false,
        metafile: true,
        sourcemap: 'external',
        sourcesContent: false,
        format: 'cjs',
        platform: 'node',
        target: 'es2023',
        charset: 'utf8',
        legalComments: 'none',
        logLevel: 'silent',
        define: { 'process.env.NODE_ENV': '"production"' },
        plugins: [...plugins, ...this.#plugins],
      })
    const { metafile, outputFiles } = await withPackageRepairs(build, this.#cwd)
    this.metafile = metafile
    const textOf = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
    this.#code = asInNode(textOf('.js'))
    this.#map = textOf('.map')
    return this.#filesOf(metafile)
  }

  #filesOf({ inputs }: Metafile): string[] {
    return Object.keys(inputs).flatMap((path) => (isOfPlugin(path) ? [] : [resolve(this.#cwd, path)]))
  }

  /** Whether importing it means its exports, or one value. */
  async #isEsm(path: string): Promise<boolean> {
    const alone: Plugin = {
      name: 'sockeye-alone',
      setup({ onResolve }: PluginBuild) {
        onResolve({ filter: /.*/ }, ({ kind }) => (kind === 'entry-point' ? undefined : { external: true }))
      },
    }
    const { metafile } = await this.#build({
      entryPoints: [path],
      absWorkingDir: this.#cwd,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      logLevel: 'silent',
      plugins: [alone],
    })
    return Object.values(metafile.inputs)[0]?.format === 'esm'
  }
}

/** An ES module or a CommonJS module, as the one that it stands for is: the bundler treats imports of the two differently. */
function standIn(id: number, isEsm: boolean): string {
  const module = `${TABLE_NAME}/${id}`
  if (!isEsm) return `module.exports = require('${module}')`
  return `export * from '${module}'\nexport default require('${module}').default`
}
