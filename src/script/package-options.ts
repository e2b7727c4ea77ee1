/**
 * The option that the bundler must know before anything of the script runs: `browserPackages`. It is read from the text, so it is
 * written out where the script exports its options.
 *
 * Errors  ScriptLoadError ERR_SCRIPT_OPTIONS when the text does not show what the script exports
 */
import { ScriptLoadError } from './errors.js'

const OPTION = 'browserPackages'
const LIST = new RegExp(`\\b${OPTION}["']?\\s*:\\s*\\[([^\\]]*)\\]`)
const COMMENT = /\/\/.*|\/\*[\s\S]*?\*\//g
const NAME = /(["'`])((?:@[\w.-]+\/)?[\w.-]+)\1/g

/** Names of the packages to bundle as for browsers. */
export function browserPackagesIn(text: string): string[] {
  const list = LIST.exec(text)?.[1] ?? ''
  return [...list.replace(COMMENT, '').matchAll(NAME)].map(([, , name]) => name as string)
}

/** After the init code: the value that the script exports must be the one that was bundled for. */
export function assertBrowserPackages(read: readonly string[], value: unknown): void {
  if (value === undefined || value === null) return
  const isSame = Array.isArray(value) && value.length === read.length && value.every((name) => read.includes(name))
  if (!isSame) throw ScriptLoadError.hiddenOption(OPTION, value)
}
