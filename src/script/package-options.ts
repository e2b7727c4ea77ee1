/**
 * The options that the bundler must know before anything of the script runs: `browserPackages` and `sharedPackages`. They are read from
 * the text, so they are written out where the script exports its options.
 *
 * Errors  ScriptLoadError ERR_SCRIPT_OPTIONS when the text does not show what the script exports
 */
import { ScriptLoadError } from './errors.js'
import { SHARED_BY_DEFAULT } from './shared-by-default.js'

export interface PackageOptions {
  /** Packages to bundle as for browsers. */
  readonly browserPackages: readonly string[]
  /** Packages that all VUs of a shard share. */
  readonly sharedPackages: readonly string[]
}

export const NO_PACKAGE_OPTIONS: PackageOptions = { browserPackages: [], sharedPackages: [] }

const COMMENT = /\/\/.*|\/\*[\s\S]*?\*\//g
const NAME = /(["'`])((?:@[\w.-]+\/)?[\w.-]+)\1/g

export function packageOptionsIn(text: string): PackageOptions {
  const browserPackages = namesIn(text, 'browserPackages') ?? []
  // What the script writes is the whole list.
  const sharedPackages =
    namesIn(text, 'sharedPackages') ?? SHARED_BY_DEFAULT.filter((name) => !browserPackages.includes(name))
  return { browserPackages, sharedPackages }
}

function namesIn(text: string, option: string): string[] | undefined {
  const list = new RegExp(`\\b${option}["']?\\s*:\\s*\\[([^\\]]*)\\]`).exec(text)?.[1]
  if (list === undefined) return undefined
  return [...list.replace(COMMENT, '').matchAll(NAME)].map(([, , name]) => name as string)
}

/** After the init code: the values that the script exports must be those that were bundled for. */
export function assertPackageOptions(read: PackageOptions, exported: Readonly<Record<string, unknown>> | null): void {
  for (const option of ['browserPackages', 'sharedPackages'] as const) {
    const names = read[option]
    const value = exported?.[option]
    if (value === undefined || value === null) continue
    const isSame = Array.isArray(value) && value.length === names.length && value.every((name) => names.includes(name))
    if (!isSame) throw ScriptLoadError.hiddenOption(option, value)
  }
}
