/**
 * How deep a script may be nested. Everything that reads it goes down into it by recursion, and esbuild indents each level of its output
 * further than the one before: with tens of thousands of levels that takes minutes and gigabytes, and with hundreds of thousands its
 * process dies. So every file is looked at before esbuild reads it.
 *
 * Errors  ScriptLoadError ERR_SCRIPT_TOO_DEEP
 */
import { readFileSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import type { Plugin } from 'esbuild'
import { ScriptLoadError } from './errors.js'

const DEEPEST = 4000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = bytesOf('([{')
const CLOSING = bytesOf(')]}')

/** `name` is the file, as the error names it. */
export function assertShallow(content: Uint8Array, name: string, isJson = name.endsWith('.json')): void {
  if (content.length > DEEPEST && depthOf(content, isJson) > DEEPEST) throw ScriptLoadError.tooDeep(`"${name}"`)
}

/**
 * Levels of brackets. In code, brackets in strings and comments count, too: so many of them that none closes are in no script. In
 * data they may be (a list of `":("`), so strings of JSON are skipped.
 */
function depthOf(content: Uint8Array, isJson: boolean): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < content.length; i++) {
    const byte = content[i] as number
    if (OPENING[byte] === 1) deepest = Math.max(deepest, ++depth)
    else if (CLOSING[byte] === 1) depth--
    else if (isJson && byte === QUOTE) i = endOfString(content, i)
  }
  return deepest
}

/** Index of the quote that closes the string which begins at `start`. */
function endOfString(content: Uint8Array, start: number): number {
  let i = start + 1
  while (i < content.length && content[i] !== QUOTE) i += content[i] === BACKSLASH ? 2 : 1
  return i
}

/** A table from each byte to 1 when it is one of these characters, and to 0. */
function bytesOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

/** The check of files that are imported from the disk. */
export function shallowFiles(cwd: string): Plugin {
  return {
    name: 'sockeye-nesting',
    setup(build) {
      build.onLoad({ filter: /\.([cm]?[jt]s|[jt]sx|json)$/, namespace: 'file' }, ({ path }) => {
        // Most files are too small; a file that cannot be read is reported by esbuild.
        if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > DEEPEST)
          assertShallow(readFileSync(path), relative(cwd, path))
        return undefined
      })
    },
  }
}

/** What esbuild says when its output is longer than a string can be: each level is indented further than the one around it. */
export function isOutputTooLong({ message }: Error): boolean {
  return message.startsWith('Cannot create a string longer than')
}
