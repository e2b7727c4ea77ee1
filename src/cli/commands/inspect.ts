/** `sockeye inspect`: the options of a script as JSON, or those of the whole configuration with what the test needs. */
import { inspectTest } from '../../run/inspect-test.js'
import { INSPECT_FLAGS } from '../command-flags.js'
import { type CommandHost, requestOf } from '../command-request.js'
import { inspectHelp } from '../help.js'
import { parseFlags } from '../parse-flags.js'

export async function inspectCommand(argv: readonly string[], host: CommandHost): Promise<number> {
  const parsed = parseFlags(argv, INSPECT_FLAGS, 'inspect')
  if (parsed.wantsHelp) {
    host.stdout.write(inspectHelp())
    return 0
  }
  const { executionRequirements = false } = parsed.runtime
  return inspectTest(await requestOf(parsed, host, { includesSystemEnv: false }), host, { executionRequirements })
}
