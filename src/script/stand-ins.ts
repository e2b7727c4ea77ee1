/**
 * The helpers that come with sockeye: what scripts import as `sockeye/utils`, and which URLs each of them stands in for.
 *
 * Shape   each is a file of the folder `jslib/` beside this one, an ES module like any other that a script imports
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Message, Plugin } from 'esbuild'
import { nearest } from '../base/nearest.js'
import { bareName } from './archived-modules.js'

interface Helper {
  readonly name: string
  /** Absolute. */
  readonly path: string
}

/** Whatever the version. */
const STANDS_IN_FOR: Readonly<Record<string, RegExp>> = {
  'sockeye/expect': /^https:\/\/jslib\.k6\.io\/k6chaijs\/[^/]+\/index\.js$/,
  'sockeye/formdata': /^https:\/\/jslib\.k6\.io\/formdata\/[^/]+\/index\.js$/,
  'sockeye/html-report': /^https:\/\/raw\.githubusercontent\.com\/benc-uk\/k6-reporter\/[^/]+\/dist\/bundle\.js$/,
  'sockeye/httpx': /^https:\/\/jslib\.k6\.io\/httpx\/[^/]+\/index\.js$/,
  'sockeye/papaparse': /^https:\/\/jslib\.k6\.io\/papaparse\/[^/]+\/index\.js$/,
  'sockeye/summary': /^https:\/\/jslib\.k6\.io\/k6-summary\/[^/]+\/index\.js$/,
  'sockeye/url': /^https:\/\/jslib\.k6\.io\/url\/[^/]+\/index\.js$/,
  'sockeye/utils': /^https:\/\/jslib\.k6\.io\/k6-utils\/[^/]+\/index\.js$/,
}

const HELPER_NAMES: readonly string[] = Object.keys(STANDS_IN_FOR)

export function standInFor(url: string): Helper | undefined {
  const bare = url.replace(/[?#].*$/, '')
  const name = HELPER_NAMES.find((helper) => STANDS_IN_FOR[helper]?.test(bare))
  return name === undefined ? undefined : helperNamed(name)
}

/** The helper that a script imports by its own name; undefined when there is none. */
function helperNamed(name: string): Helper | undefined {
  if (!HELPER_NAMES.includes(name)) return undefined
  const path = pathOf(name)
  return existsSync(path) ? { name, path } : undefined
}

function pathOf(helper: string): string {
  return fileURLToPath(new URL(`../jslib/${helper.slice('sockeye/'.length)}.js`, import.meta.url))
}

/** Name of the helper that is this file, for positions in it: where sockeye is installed says nothing to the user. */
export function helperAt(path: string): string | undefined {
  return HELPER_NAMES.find((name) => pathOf(name) === path)
}

const MISSING_EXPORT = /^No matching export in "(.+)" for import "(.+)"$/

/**
 * The message that a module lacks a name, with the module as users know it: a helper by its name, and with what `notices` tell of the URL that
 * it stands in for; a module from the network by its URL.
 */
export function withModuleName(message: Message, cwd: string, notices: readonly string[]): Message {
  const [, path, name] = MISSING_EXPORT.exec(message.text) ?? []
  if (path === undefined) return message
  const helper = helperAt(resolve(cwd, path))
  const text = `No matching export in "${helper ?? bareName(path)}" for import "${name}"`
  if (helper === undefined) return { ...message, text }
  // The lines of a helper are not the user's.
  const notes = message.notes.map((note) => ({ ...note, location: null }))
  const reasons = notices
    .filter((notice) => notice.includes(`"${helper}"`))
    .map((notice) => ({ text: notice, location: null }))
  return { ...message, text, notes: [...notes, ...reasons] }
}

/** Resolves imports of helpers by their own names. */
export function helperModules(): Plugin {
  return {
    name: 'sockeye-helpers',
    setup(build) {
      build.onResolve({ filter: /^sockeye\// }, ({ path }) => {
        const helper = helperNamed(path)
        if (helper !== undefined) return { path: helper.path }
        const guess = nearest(path, HELPER_NAMES)
        const hint = guess === undefined ? `; there are ${HELPER_NAMES.join(', ')}` : `; did you mean "${guess}"?`
        return { errors: [{ text: `unknown module "${path}"${hint}` }] }
      })
    },
  }
}
