/** `sockeye run`: reads the command line and runs the test. */
import type { StoredTests } from '../../cluster/stored-test.js'
import type { RuntimeFlags } from '../../config/runtime.js'
import type { CreateEngine } from '../../run/create-engine.js'
import { runTest } from '../../run/test-run.js'
import { type CommandHost, requestOf } from '../command-request.js'
import { runHelp } from '../help.js'
import { parseFlags } from '../parse-flags.js'

export async function runCommand(argv: readonly string[], host: CommandHost): Promise<number> {
  const parsed = parseFlags(argv)
  if (parsed.wantsHelp) {
    host.stdout.write(runHelp())
    return 0
  }
  const request = await requestOf(parsed, host, { includesSystemEnv: true })
  const stored = parsed.scriptPath.startsWith('nats:') ? await storedTests(parsed.runtime, host) : undefined
  const storing = { ...host, readStored: stored && ((reference: string) => stored.fetch(reference)) }
  const createEngine = await engineOf(parsed.runtime, host)
  try {
    const { repeat } = request.runtime
    if (repeat === 1) return await runTest(request, storing, createEngine)
    const { runRepeatedly } = await import('../repeat.js')
    return await runRepeatedly(request, storing, repeat, createEngine)
  } finally {
    await stored?.remove()
  }
}

async function storedTests(flags: RuntimeFlags, { env }: CommandHost): Promise<StoredTests> {
  const [{ StoredTests }, { openNatsTransport }, { natsOptionsOf }] = await Promise.all([
    import('../../cluster/stored-test.js'),
    import('../../cluster/nats-transport.js'),
    import('../../cluster/run-options.js'),
  ])
  const options = natsOptionsOf(flags, env)
  return new StoredTests(() => openNatsTransport(options, 'sockeye run'))
}

/** The engine that the flags ask for; undefined for the threads of this process. */
async function engineOf(flags: RuntimeFlags, { env }: CommandHost): Promise<CreateEngine | undefined> {
  const { nats, instances } = flags
  if (nats === undefined && instances === undefined) return undefined
  const { clusterEngine } = await import('../../cluster/run-options.js')
  return clusterEngine(flags, env)
}
