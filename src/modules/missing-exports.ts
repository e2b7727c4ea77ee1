/** What is said of an import from a built-in module that has no such export: the name that was meant, or the module that has it. */
import { nearest } from '../base/nearest.js'
import type { ImportedName } from '../pausable/compiler/imported-names.js'

/** One line for a name that `exports` does not have; undefined for one that it has. */
export function wrongImport({ specifier, name, place }: ImportedName, exports: object): string | undefined {
  if (name in exports) return undefined
  const hint = suggestion(name, exports) || elsewhere(name)
  return `The requested module "${specifier}" does not provide an export named "${name}"${hint}, at ${place}`
}

/** What follows `x is not a function` when the script calls an export that is not there, or the module itself. */
export function wrongUse(specifier: string, name: string, exports: object, text: string): string {
  if (name === 'default') return wholeModule(specifier, text, exports)
  if (name in exports) return ''
  return `: the module "${specifier}" has no export "${name}"${suggestion(name, exports)}`
}

/** For `import check from 'k6'`, which takes the module for its function. */
function wholeModule(specifier: string, text: string, exports: object): string {
  const name = text in exports ? text : nearest(text, Object.keys(exports))
  const instead = name === undefined ? '' : `; import { ${name} } from "${specifier}" gives the function`
  return `: it is the whole module "${specifier}", its default export${instead}`
}

function suggestion(name: string, exports: object): string {
  const guess = nearest(name, Object.keys(exports))
  return guess === undefined ? '' : `; did you mean "${guess}"?`
}

/** Where names are that scripts often import from the wrong module. */
const HOMES: readonly (readonly [module: string, names: readonly string[]])[] = [
  ['k6', ['check', 'fail', 'group', 'randomSeed', 'sleep']],
  ['k6/metrics', ['Counter', 'Gauge', 'Rate', 'Trend']],
  ['k6/data', ['SharedArray']],
  ['k6/encoding', ['b64decode', 'b64encode']],
  ['k6/execution', ['exec', 'instance', 'scenario', 'test', 'vu']],
  ['k6/html', ['parseHTML']],
  ['k6/http', ['CookieJar', 'FileData', 'batch', 'cookieJar', 'get', 'http', 'post']],
  ['k6/websockets', ['WebSocket']],
  ['k6/ws', ['connect', 'ws']],
  ['k6/x/tcp', ['Socket', 'tcp']],
]

function elsewhere(name: string): string {
  const home = HOMES.find(([, names]) => names.includes(name))?.[0]
  return home === undefined ? '' : `; see "${home}"`
}
