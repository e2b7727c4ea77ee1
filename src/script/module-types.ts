/**
 * Files of a project whose package.json says `"type": "module"`: what they are is decided by what is in them, as k6 does. A CommonJS or
 * UMD file that somebody has copied there works, although Node would refuse it.
 */
import { readFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { OnResolveArgs, OnResolveResult, Plugin } from 'esbuild'
import { REQUIRED_NAMESPACE } from './computed-requires.js'

const ASKED = Symbol('asked')
const PACKAGES = `${sep}node_modules${sep}`

/** Plugins for scripts in a folder; none where the bundler does so by itself. */
export async function contentDecides(folder: string): Promise<Plugin[]> {
  return (await packageType(folder)) === 'module' ? [plugin] : []
}

/** The bundler does not look for the package.json of a path that a plugin has resolved. So this plugin resolves paths, as the bundler would. */
const plugin: Plugin = {
  name: 'sockeye-module-types',
  setup(build) {
    const resolved = async ({ path, pluginData, ...from }: OnResolveArgs): Promise<OnResolveResult | undefined> => {
      if (pluginData === ASKED || from.importer.includes(PACKAGES)) return undefined
      const { importer, kind, namespace, resolveDir } = from
      const found = await build.resolve(path, { importer, kind, namespace, resolveDir, pluginData: ASKED })
      if (found.errors.length > 0 || found.external || found.namespace !== 'file' || found.path.includes(PACKAGES))
        return undefined
      return { path: found.path }
    }
    for (const namespace of ['file', REQUIRED_NAMESPACE])
      build.onResolve({ filter: /^(\.{0,2}\/|[a-zA-Z]:[\\/])/, namespace }, resolved)
  },
}

/** The type in the nearest package.json. */
async function packageType(folder: string): Promise<unknown> {
  for (let at = folder; ; at = dirname(at)) {
    const text = await readFile(join(at, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) {
      try {
        return (JSON.parse(text) as { type?: unknown }).type
      } catch {
        return undefined
      }
    }
    if (dirname(at) === at) return undefined
  }
}
