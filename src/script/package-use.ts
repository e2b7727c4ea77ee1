/** What each npm package in a bundle needs of a virtual user: for `sockeye deps`. */
import type { Metafile } from 'esbuild'
import type { PackageOptions } from './package-options.js'
import { NATIVE_NAMESPACE, packageOfFile } from './packages.js'

export interface PackageUse {
  readonly name: string
  /** Modules of Node that its files import, without `node:`. */
  readonly nodeModules: readonly string[]
  /** It contains or looks for compiled code, which is not loaded. */
  readonly isNativeAddOn: boolean
  /** Evaluated once for all VUs of a shard. */
  readonly isShared: boolean
  readonly isForBrowsers: boolean
}

/** In the order of their names. `shared`: what the packages that all VUs of a shard share were made of. */
export function packageUses(main: Metafile, shared: Metafile | undefined, options: PackageOptions): PackageUse[] {
  const uses = new Map<string, { nodeModules: Set<string>; isNativeAddOn: boolean; isShared: boolean }>()
  const collect = ({ inputs }: Metafile, isShared: boolean): void => {
    for (const [path, { imports }] of Object.entries(inputs)) {
      const name = packageOfFile(path)
      if (name === undefined) continue
      const use = uses.get(name) ?? { nodeModules: new Set(), isNativeAddOn: false, isShared }
      uses.set(name, use)
      for (const imported of imports) {
        if (imported.path.startsWith('node:')) use.nodeModules.add(imported.path.slice('node:'.length))
        else if (imported.path.startsWith(`${NATIVE_NAMESPACE}:`)) use.isNativeAddOn = true
      }
    }
  }
  if (shared !== undefined) collect(shared, true)
  collect(main, false)
  return [...uses]
    .map(([name, use]) => ({
      ...use,
      name,
      nodeModules: [...use.nodeModules].sort(),
      isForBrowsers: options.browserPackages.includes(name),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `pg: needs Node's net, tls; per VU` */
export function packageUseText({ name, nodeModules, isNativeAddOn, isShared, isForBrowsers }: PackageUse): string {
  const needs = nodeModules.length === 0 ? 'fine' : `needs Node's ${nodeModules.join(', ')}`
  const notes = [
    needs,
    ...(isNativeAddOn ? ['looks for a native add-on, which is not loaded'] : []),
    ...(isForBrowsers ? ['its build for browsers'] : []),
    isShared ? 'shared by the VUs of a shard' : 'per VU',
  ]
  return `${name}: ${notes.join('; ')}`
}
