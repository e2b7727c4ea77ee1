/**
 * Starts the control API of a run where the user wants it, if at all.
 *
 * Errors  ApiError (exit 106) when the address cannot be had and was given as a flag; from a variable it is only a warning
 * Source  docs/spec/runner.md §4.10
 */
import { formatAddress, parseAddress } from '../api/address.js'
import type { ControlledRun } from '../api/controlled-run.js'
import { ApiError } from '../api/errors.js'
import type { ApiServer } from '../api/server.js'
import type { AddressOption } from '../config/runtime.js'
import type { Log } from '../log/log.js'

export async function openApi(
  address: AddressOption | undefined,
  run: ControlledRun,
  log: Log,
  token?: string,
): Promise<ApiServer | null> {
  if (address === undefined) {
    const hint = 'add --address localhost:6565, and resume with: sockeye resume'
    if (run.status().paused) log.warning('nothing can resume the paused test without the control API', { hint })
    return null
  }
  try {
    const wanted = parseAddress(address.text)
    const { startApiServer } = await import('../api/server.js')
    const server = await startApiServer(wanted, run, log, token)
    // Which port it is must be said when any free one was wanted.
    log.write(wanted.port === 0 ? 'info' : 'debug', `control API on http://${formatAddress(server.address)}`)
    return server
  } catch (error) {
    if (!(error instanceof ApiError) || address.isRequired) throw error
    log.warning(error.message, { hint: 'the test runs without it' })
    return null
  }
}
