/**
 * `require(name)` where the name is computed: in a variable, a table, a helper. The bundler cannot follow it, so every file that is named
 * by a text somewhere in the script goes in as well, and `require` finds it there when the script runs.
 *
 *   './lib/a.js' in the text of a file    that file, relative to the one with the text, or to the script
 *   './lib/'                              all scripts and JSON files of that folder
 *   createRequire(import.meta.url)('pg')  that package, as the file with the call would find it
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join, resolve, sep } from 'node:path'
import type { Plugin } from 'esbuild'
import { nodeSpecifier } from '../node/catalog.js'

/** Namespace of the made-up module that makes the files known. */
export const REQUIRED_NAMESPACE = 'required'
/** Name of that module; the bundler injects it into the bundle. */
export const REQUIRED_FILES = 'sockeye:required'
const EXTENSIONS = new Set(['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts', '.json'])
/** Larger files are data that the script opens, not modules. */
const LARGEST = 4 * 1024 * 1024
/** A folder with more is no folder of modules. */
const MOST_IN_FOLDER = 200

/** `require(name)`, or `require` as a value. */
const COMPUTED = /\brequire\b(?!\s*\(\s*(["'`])[^"'`$]*\1\s*\))/

/**
 * Absolute paths of what the texts of these files name; undefined when none of them computes a name. Packages are left out: what they
 * compute is seldom a file of the script.
 */
export async function namedFiles(files: readonly string[], folder: string): Promise<string[] | undefined> {
  const own = files.filter((path) => !path.includes(`${sep}node_modules${sep}`) && extname(path) !== '.json')
  const sources = await Promise.all(own.map(async (path) => ({ path, text: await textOf(path) })))
  if (!sources.some(({ text }) => COMPUTED.test(text))) return undefined
  const named = new Set<string>()
  // Files that are named may name others.
  for (let next = sources; next.length > 0; ) {
    const found = await Promise.all(next.map(({ path, text }) => filesNamedIn(text, [dirname(path), folder])))
    const added = [...new Set(found.flat())].filter((path) => !named.has(path))
    for (const path of added) named.add(path)
    const unread = added.filter((path) => !own.includes(path) && extname(path) !== '.json')
    next = await Promise.all(unread.map(async (path) => ({ path, text: await textOf(path) })))
  }
  return [...named]
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

const TEXTS = /(["'`])((?:\\.|(?!\1)[^\\\n])*)\1/g

async function filesNamedIn(source: string, folders: readonly string[]): Promise<string[]> {
  const texts = [...source.matchAll(TEXTS)].map(([, , text = '']) => text)
  const paths = [...new Set(texts)].filter((text) => /^(\.{1,2}\/|\/|[a-zA-Z]:[\\/]).+/.test(text))
  const found = await Promise.all(
    paths.flatMap((path) => folders.map((folder) => filesAt(path, resolve(folder, path)))),
  )
  return found.flat()
}

async function filesAt(named: string, path: string): Promise<string[]> {
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isFile() === true) return EXTENSIONS.has(extname(path)) && stats.size <= LARGEST ? [path] : []
  if (stats?.isDirectory() !== true || !named.startsWith('.')) return []
  const names = (await readdir(path)).filter((name) => EXTENSIONS.has(extname(name)))
  return names.length > MOST_IN_FOLDER ? [] : names.map((name) => join(path, name))
}

/** `const require = createRequire(import.meta.url)`, whatever it is called. */
const MADE = /\b(?:const|let|var)\s+(\w+)\s*=\s*(?:\w+\.)?createRequire\s*\(/g

/** Packages that these files ask for through `createRequire`: the name to the file. The bundler takes such calls for any function's. */
export async function packagesOfCreatedRequires(files: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const path of files) {
    const text = await textOf(path)
    for (const [, name] of text.matchAll(MADE)) {
      const calls = new RegExp(`\\b${name}\\s*\\(\\s*(["'\`])([\\w@][^"'\`$]*)\\1\\s*\\)`, 'g')
      for (const [, , specifier = ''] of text.matchAll(calls)) {
        const file = nodeSpecifier(specifier) === undefined ? fileOf(specifier, path) : undefined
        if (file !== undefined && !found.has(specifier)) found.set(specifier, file)
      }
    }
  }
  return found
}

function fileOf(specifier: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(specifier)
  } catch {
    return undefined
  }
}

/**
 * Makes these files known to `require` before anything of the script runs, by the name that it is asked for; each is evaluated when that
 * happens.
 */
export function requiredFiles(files: ReadonlyMap<string, string>): Plugin {
  const entries = [...files].map(([name, path]) => `${JSON.stringify(name)}: () => require(${JSON.stringify(path)})`)
  return {
    name: 'sockeye-required-files',
    setup(build) {
      build.onResolve({ filter: /^sockeye:required$/ }, () => ({
        path: 'files',
        namespace: REQUIRED_NAMESPACE,
        sideEffects: true,
      }))
      build.onLoad({ filter: /.*/, namespace: REQUIRED_NAMESPACE }, () => ({
        contents: `require.provide({ ${entries.join(', ')} })`,
        resolveDir: '/',
      }))
    },
  }
}

/** In a bundle: `__require("node:net")`, a template that begins as no built-in module does, and what else is done with `__require`. */
const USES = /(var |typeof )?\b__require\b(?:\((?:"([^"\\]*)"|`((?!k6)[^`$]{2,})))?/g

/** Which modules `require` is asked for in a bundle, where the bundler has called it `__require`; undefined when some name is computed. */
export function askedModules(code: string): readonly string[] | undefined {
  const names = new Set<string>()
  for (const [, declaration, name, beginning] of code.matchAll(USES)) {
    if (name !== undefined) names.add(name)
    else if (declaration === undefined && beginning === undefined) return undefined
  }
  return [...names]
}
