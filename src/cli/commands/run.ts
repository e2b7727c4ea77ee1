/** `sockeye run`: reads the command line, runs the test, gives the exit code. */
import { runTest } from '../../run/test-run.js'
import { processHost, requestOf } from '../command-request.js'
import { runHelp } from '../help.js'
import { parseFlags } from '../parse-flags.js'
import type { Supervisor } from '../supervisor.js'

export async function runCommand(argv: readonly string[], supervisor?: Supervisor): Promise<number> {
  const parsed = parseFlags(argv)
  if (parsed.wantsHelp) {
    process.stdout.write(runHelp())
    return 0
  }
  const request = await requestOf(parsed, { includesSystemEnv: true })
  const host = processHost(supervisor)
  const { repeat } = request.runtime
  if (repeat === 1) return runTest(request, host)
  const { runRepeatedly } = await import('../repeat.js')
  return runRepeatedly(request, host, repeat)
}
