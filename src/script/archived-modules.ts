/**
 * Bundling from an archive instead of the disk: modules are found by URL, as k6 found them when the archive was made. Nothing
 * outside the archive is looked at.
 */
import { posix } from 'node:path'
import type { Loader, Plugin } from 'esbuild'
import { assertShallow } from './nesting.js'

const NAMESPACE = 'archive'

export function archivedModules(
  files: ReadonlyMap<string, Uint8Array>,
  entry: string,
  loaders: Readonly<Record<string, Loader>>,
): Plugin {
  return {
    name: 'sockeye-archive',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return { path: entry, namespace: NAMESPACE }
        if (/^(k6$|k6\/|sockeye\/|node:)/.test(path)) return undefined
        const url = resolveUrl(path, importer)
        if (url !== undefined && files.has(url)) return { path: url, namespace: NAMESPACE }
        return { errors: [{ text: `Could not resolve "${path}": the archive has no such file` }] }
      })
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => {
        const contents = files.get(path) as Uint8Array
        assertShallow(contents, path)
        return { contents, loader: loaders[posix.extname(new URL(path).pathname)] ?? 'ts' }
      })
    },
  }
}

/** Relative and absolute paths, and URLs; packages have no meaning there. */
function resolveUrl(specifier: string, importer: string): string | undefined {
  const isUrl = /^(file|https):\/\//.test(specifier)
  if (!isUrl && !/^\.{0,2}\//.test(specifier)) return undefined
  return new URL(specifier, importer).href
}

/** In source maps, files that are not on the disk are named by their URL alone. */
export function withoutNamespace(map: string): string {
  const parsed = JSON.parse(map) as { sources: string[] }
  return JSON.stringify({
    ...parsed,
    sources: parsed.sources.map(bareName),
  })
}

export function bareName(source: string): string {
  return source.replace(/^(archive|network|required):/, '')
}
