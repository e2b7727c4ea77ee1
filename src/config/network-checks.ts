/**
 * Checks network options one by one, so that all problems are reported together. The parsed values are dropped: `plan.network` keeps the
 * options as given, and the run parses them for its shards.
 */
import { SockeyeError } from '../base/errors.js'
import { parseLocalIPs } from '../net/local-ips.js'
import { parseNetworkOptions } from '../net/options.js'
import type { RawNetwork } from './plan.js'
import type { ConfigProblem } from './problems.js'

export function networkProblems(network: RawNetwork): ConfigProblem[] {
  return Object.entries(network).flatMap(([name, value]) => {
    if (value === undefined) return []
    try {
      if (name === 'localIPs') parseLocalIPs(String(value))
      else parseNetworkOptions({ [name]: value })
      return []
    } catch (error) {
      if (!(error instanceof SockeyeError)) throw error
      const path = name === 'localIPs' ? '--local-ips' : `options.${name}`
      const shownValue = name === 'tlsAuth' ? undefined : value
      return [
        { message: error.message, places: [{ path, value: shownValue }], hint: error.hint, exitCode: error.exitCode },
      ]
    }
  })
}
