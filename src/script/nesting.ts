/**
 * How deep a script may be nested. Everything that reads it goes down into it by recursion, and esbuild indents each level of its output
 * further than the one before: with tens of thousands of levels that takes minutes and gigabytes, and with hundreds of thousands its
 * process dies.
 *
 * Errors  ScriptLoadError ERR_SCRIPT_TOO_DEEP
 */
import { ScriptLoadError } from './errors.js'

const DEEPEST = 4000

const OPENING = new Set([...'([{'].map((bracket) => bracket.charCodeAt(0)))
const CLOSING = new Set([...')]}'].map((bracket) => bracket.charCodeAt(0)))

/** Brackets in strings and comments count, too: so many of them that none closes are in no script. */
export function assertShallow(text: string, name: string): void {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (OPENING.has(code)) depth++
    else if (CLOSING.has(code)) depth--
    if (depth > DEEPEST) throw ScriptLoadError.tooDeep(name)
  }
}

/** What esbuild says when its process has died of such a script, or its output is longer than a string can be. */
export function isTooDeepForBundler({ message }: Error): boolean {
  return /^The service (was stopped|is no longer running)|^Cannot create a string longer than/.test(message)
}
