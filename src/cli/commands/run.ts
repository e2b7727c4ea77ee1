/** `sockeye run`: reads the command line, runs the test, gives the exit code. */
import type { RuntimeFlags } from '../../config/runtime.js'
import type { CreateEngine } from '../../run/create-engine.js'
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
  const createEngine = await engineOf(parsed.runtime)
  const { repeat } = request.runtime
  if (repeat === 1) return runTest(request, host, createEngine)
  const { runRepeatedly } = await import('../repeat.js')
  return runRepeatedly(request, host, repeat, createEngine)
}

/** Undefined: the threads of this process. */
async function engineOf(flags: RuntimeFlags): Promise<CreateEngine | undefined> {
  const { nats, instances } = flags
  if (nats === undefined && instances === undefined) return undefined
  const { clusterEngine } = await import('../../cluster/run-options.js')
  return clusterEngine(flags, process.env)
}
