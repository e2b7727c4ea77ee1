/**
 * Packages that all VUs of a shard share: each becomes a text of its own, with everything it needs, that goes into the bundle as a string.
 * Where the package is imported, the string is handed to the shard, which evaluates it once.
 */
import type { BuildOptions, BuildResult, Metafile, Plugin } from 'esbuild'
import { SHARED_PACKAGE } from '../node/catalog.js'
import { packageOf } from './packages.js'

type Build = (options: BuildOptions) => Promise<BuildResult<{ write: false; metafile: true }>>

const NAMESPACE = 'sockeye-shared'

export class SharedPackages {
  /** What they were made of. */
  readonly metafiles: Metafile[] = []
  readonly #names: ReadonlySet<string>
  readonly #build: Build
  readonly #plugins: Plugin[]

  constructor(names: readonly string[], build: unknown, plugins: Plugin[]) {
    this.#names = new Set(names)
    this.#build = build as Build
    this.#plugins = plugins
  }

  plugin(): Plugin {
    return {
      name: 'sockeye-shared-packages',
      setup: (build) => {
        if (this.#names.size === 0) return
        const { absWorkingDir, define } = build.initialOptions
        build.onResolve({ filter: /^[@\w]/ }, ({ path, kind, resolveDir }) => {
          if (kind === 'entry-point' || !this.#names.has(packageOf(path))) return undefined
          return { path, namespace: NAMESPACE, pluginData: resolveDir }
        })
        build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path, pluginData }) => {
          const code = await this.#bundle(path, { absWorkingDir, define, stdin: entry(path, pluginData as string) })
          const call = `${SHARED_PACKAGE}(${JSON.stringify(path)}, ${JSON.stringify(code)})`
          return { contents: `module.exports = ${call}`, loader: 'js' }
        })
      },
    }
  }

  async #bundle(path: string, options: BuildOptions): Promise<string> {
    const result = await this.#build({
      ...options,
      bundle: true,
      write: false,
      metafile: true,
      format: 'cjs',
      platform: 'node',
      target: 'es2023',
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
      plugins: this.#plugins,
    })
    this.metafiles.push(result.metafile)
    const [output] = result.outputFiles
    if (output === undefined) throw new Error(`esbuild gave nothing for ${path}`)
    return output.text
  }
}

function entry(path: string, resolveDir: string): BuildOptions['stdin'] {
  return { contents: `module.exports = require(${JSON.stringify(path)})`, resolveDir, loader: 'js' }
}
