/**
 * The command `inspect`. It prints nothing else on stdout, because programs read it.
 *
 * Source  docs/spec/runner.md §1.4
 */
import { readScriptOptions } from '../config/consolidate.js'
import { inspectOptions, inspectPlan, inspectText, withoutKeys } from '../config/inspect.js'
import { withLog } from './open-log.js'
import type { RunHost, RunRequest } from './request.js'
import { logNotices, planOf, withLoadedTest } from './test-loading.js'

/** Prints the options of the script, or with `executionRequirements` the whole configuration. */
export function inspectTest(
  request: RunRequest,
  host: RunHost,
  { executionRequirements }: { readonly executionRequirements: boolean },
): Promise<number> {
  return withLog(request, host, (logging) =>
    withLoadedTest(request, host, logging, async (test) => {
      if (executionRequirements) {
        host.stdout.write(inspectText(withoutKeys(inspectPlan(planOf(test, request, host.env, logging.log)))))
        return 0
      }
      const { values, warnings } = readScriptOptions(test.options)
      logNotices(warnings, logging.log)
      host.stdout.write(inspectText(withoutKeys(inspectOptions(values))))
      return 0
    }),
  )
}
