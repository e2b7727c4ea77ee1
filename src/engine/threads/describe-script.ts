/** Describes what a script exports as plain data, from which the plan of the test is made. */
import type { MetricDefinition } from '../../metrics/metric.js'
import type { LoadedScript } from '../workload.js'
import { readExport, readOptions } from './script-options.js'

/**
 * @param metrics  all metrics that the script and its modules have defined
 * @param openedFiles  absolute paths of the files that its init code has opened
 */
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

/** Classes and generator functions: a call of one runs nothing of its body, so a test that called it would pass without any work. */
function uncallableOf(functions: readonly (readonly [name: string, fn: unknown])[]): Record<string, string> {
  const kinds = functions.map(([name, fn]) => {
    if (/Generator/.test(Object.prototype.toString.call(fn))) return [name, 'a generator function']
    return [name, /^class\b/.test(Function.prototype.toString.call(fn)) ? 'a class' : '']
  })
  return Object.fromEntries(kinds.filter(([, kind]) => kind !== ''))
}
