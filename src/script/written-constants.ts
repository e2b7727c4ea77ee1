/**
 * `const c = 1; c = 2` is an error when the assignment runs, as in JavaScript. The bundler refuses the whole script instead. Then the same
 * files are given to it once more with `let` in the place of these `const`, and the compiler puts `const` back (pausable/compiler/declarations.ts).
 */
import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import type { Loader, Message, Plugin } from 'esbuild'

/** As long as `const`, so that all positions stay. */
const REPLACEMENT = 'let  '

interface Place {
  readonly line: number
  /** In bytes. */
  readonly column: number
}

/** The files whose constants are assigned to, with the places of their names; undefined when something else is wrong, too. */
export function writtenConstants(errors: readonly Message[], cwd: string): Map<string, Place[]> | undefined {
  const places = new Map<string, Place[]>()
  for (const { text, notes } of errors) {
    const declared = notes[0]?.location
    if (!/^Cannot assign to ".*" because it is a constant$/.test(text) || !declared) return undefined
    if (declared.namespace !== '' && declared.namespace !== 'file') return undefined
    const path = resolve(cwd, declared.file)
    places.set(path, [...(places.get(path) ?? []), declared])
  }
  return places
}

/** Gives the bundler these files with `let` in the place of `const`. `originals` gets their texts as they are. */
export function withoutConstants(
  files: ReadonlyMap<string, readonly Place[]>,
  loaders: Readonly<Record<string, Loader>>,
  originals: Map<string, string>,
): Plugin {
  return {
    name: 'sockeye-written-constants',
    setup(build) {
      build.onLoad({ filter: /.*/ }, async ({ path }) => {
        const places = files.get(path)
        if (places === undefined) return undefined
        const text = await readFile(path, 'utf8')
        originals.set(path, text)
        return { contents: replaceKeywords(text, places), loader: loaders[extname(path)] ?? 'ts' }
      })
    },
  }
}

function replaceKeywords(text: string, places: readonly Place[]): string {
  let result = text
  for (const { line, column } of places) {
    const lines = text.split('\n')
    const before = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0)
    const name =
      before +
      Buffer.from(lines[line - 1] ?? '')
        .subarray(0, column)
        .toString().length
    const found = [...text.slice(0, name).matchAll(/(?<!\bas\s+)\bconst\b(?!\s+enum\b)/g)].at(-1)
    if (found !== undefined)
      result = result.slice(0, found.index) + REPLACEMENT + result.slice(found.index + REPLACEMENT.length)
  }
  return result
}
