/** What a script exports, as plain data for whoever makes the plan of the test. */
import type { MetricDefinition } from '../../metrics/metric.js'
import type { LoadedScript } from '../workload.js'
import { readExport, readOptions } from './script-options.js'

/** @param metrics all that the script and its modules have defined; @param openedFiles what its init code has opened */
export function describeScript(
  exports: Readonly<Record<string, unknown>>,
  metrics: Iterable<MetricDefinition>,
  openedFiles: readonly string[],
): LoadedScript {
  const names = Object.keys(exports)
  const isFunction = (name: string): boolean => typeof readExport(exports, name) === 'function'
  const functions = names.filter(isFunction)
  return {
    functions,
    values: names.filter((name) => !isFunction(name)),
    uncallable: uncallableOf(functions.map((name) => [name, readExport(exports, name)])),
    ...readOptions(exports),
    metrics: [...metrics],
    openedFiles,
  }
}

/** A call of such a function runs none of its body, and a test would be green for nothing. */
function uncallableOf(functions: readonly (readonly [name: string, fn: unknown])[]): Record<string, string> {
  const kinds = functions.map(([name, fn]) => {
    if (/Generator/.test(Object.prototype.toString.call(fn))) return [name, 'a generator function']
    return [name, /^class\b/.test(Function.prototype.toString.call(fn)) ? 'a class' : '']
  })
  return Object.fromEntries(kinds.filter(([, kind]) => kind !== ''))
}
