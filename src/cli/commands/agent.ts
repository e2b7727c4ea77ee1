/**
 * `sockeye agent`: this machine waits for runs and does a part of each, until it is told to stop. `sockeye agents` lists the agents.
 *
 * Errors  ClusterError, as src/cluster/
 */
import { randomBytes } from 'node:crypto'
import { Command, InvalidArgumentError } from 'commander'
import { parseDuration } from '../../base/duration.js'
import type { AgentCard } from '../../cluster/protocol.js'
import type { NatsFlags } from '../../config/runtime.js'
import { tableLines } from '../../terminal/table.js'
import { collect, type Print, toStdout, withNatsFlags } from '../command-parts.js'

export interface AgentCommandParts {
  readonly env: NodeJS.ProcessEnv
  readonly print: Print
  /** Calls back whenever this process is told to end. */
  readonly onStop: (stop: () => void) => void
}

interface AgentFlags extends NatsFlags {
  readonly name?: string
  readonly label: readonly string[]
  readonly once?: boolean
  /** How long the agent waits for a run before it ends, in ms. */
  readonly idle?: number
  readonly save?: string
  readonly logFormat?: string
}

export function agentCommands(parts: AgentCommandParts = PROCESS): Command[] {
  return [
    natsCommand('agent', 'wait for runs of sockeye run --nats, and do a part of each')
      .option('--name <name>', "how runs call this agent; the machine's name unless given")
      .option('--label <name=value>', 'what runs may ask for with --require; may be repeated', collect, [])
      .option('--once', 'end after one run')
      .option('--idle <duration>', 'end when no run has come for so long, such as 15m', parseIdle)
      .option('--save <folder>', 'where results are kept when a run loses its coordinator; see sockeye merge')
      .option('--log-format <format>', 'text, json or raw', 'text')
      .action((flags: AgentFlags) => runAgent(flags, parts)),
    natsCommand('agents', 'list the agents that wait for runs').action((flags: NatsFlags) => listAgents(flags, parts)),
  ]
}

function natsCommand(name: string, description: string): Command {
  const command = new Command(name).description(description)
  return withNatsFlags(command, 'where NATS is, such as nats://host:4222 (or SOCKEYE_NATS_URL)')
}

async function runAgent(flags: AgentFlags, { env, onStop }: AgentCommandParts): Promise<void> {
  const [
    { Agent },
    { openNatsTransport },
    { natsOptionsOf, readLabels },
    { machineCard, freeDescriptors },
    { processTiming },
    { keepIn },
    { createFormatter, parseLogFormat },
    { Log },
    { createThreadEngine },
    { version },
  ] = await Promise.all([
    import('../../cluster/agent.js'),
    import('../../cluster/nats-transport.js'),
    import('../../cluster/run-options.js'),
    import('../../cluster/machine.js'),
    import('../../cluster/timing.js'),
    import('../../cluster/kept-results.js'),
    import('../../log/format.js'),
    import('../../log/log.js'),
    import('../../run/create-engine.js'),
    import('../../run/version.js'),
  ])
  const format = createFormatter({
    format: parseLogFormat(flags.logFormat),
    tty: false,
    colors: false,
    startedAt: Date.now(),
  })
  const log = new Log('info', (record) => process.stderr.write(format(record)))
  const card = machineCard({ name: flags.name, labels: readLabels(flags.label, '--label') }, version)
  const transport = await openNatsTransport(natsOptionsOf(flags, env), `sockeye agent ${card.name}`)
  let onFree = (): void => {}
  const agent = new Agent({
    transport,
    timing: processTiming,
    card,
    descriptors: freeDescriptors,
    createEngine: createThreadEngine,
    keep: keepIn(flags.save, card.name, log),
    log,
    onFree: () => onFree(),
  })
  transport.onConnection((isConnected) => log.warning(isConnected ? 'NATS is there again' : 'NATS is not there'))
  await transport.flush()
  log.info(`agent ${card.name} waits for a run`, { cores: card.cores, version })
  await new Promise<void>((resolve) => {
    const leave = (): void => void agent.leave().then(resolve)
    onStop(leave)
    onFree = leavingByItself(flags, agent, leave)
  })
  await transport.close()
}

/** Makes an agent leave after its run (`--once`) or when no run comes (`--idle`). The returned function must be called when the agent is free again. */
function leavingByItself(
  { once, idle }: AgentFlags,
  agent: { readonly isBusy: boolean },
  leave: () => void,
): () => void {
  const leaveIdle = (): void => {
    if (!agent.isBusy) leave()
  }
  const wait = () => (idle === undefined ? undefined : setTimeout(leaveIdle, idle).unref())
  let timer = wait()
  return () => {
    clearTimeout(timer)
    if (once === true) leave()
    else timer = wait()
  }
}

function parseIdle(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return ms
  throw new InvalidArgumentError('it is a duration, such as 15m.')
}

async function listAgents(flags: NatsFlags, { env, print }: AgentCommandParts): Promise<void> {
  const [{ Hub }, { openNatsTransport }, { Roster }, { natsOptionsOf }, { processTiming }, { version }] =
    await Promise.all([
      import('../../cluster/hub.js'),
      import('../../cluster/nats-transport.js'),
      import('../../cluster/roster.js'),
      import('../../cluster/run-options.js'),
      import('../../cluster/timing.js'),
      import('../../run/version.js'),
    ])
  const transport = await openNatsTransport(natsOptionsOf(flags, env), 'sockeye agents')
  const run = randomBytes(6).toString('hex')
  const hub = new Hub({
    transport,
    timing: processTiming,
    side: 'coordinator',
    id: run,
    onHail: (hail) => roster.hear(hail),
  })
  const roster = new Roster(hub, run, version)
  const cards = await roster.list()
  hub.end()
  await transport.close()
  print(cards.length === 0 ? 'no agent answers\n' : tableOf(cards))
}

function tableOf(cards: readonly AgentCard[]): string {
  const rows = [
    ['NAME', 'STATE', 'CORES', 'MEMORY', 'FILES', 'VERSION', 'NODE', 'SYSTEM', 'LABELS'],
    ...cards.map((card) => [
      card.name,
      card.isBusy ? 'busy' : 'free',
      String(card.cores),
      `${(card.memory / 1024 ** 3).toFixed(1)} GiB`,
      card.descriptors === null ? '-' : String(card.descriptors),
      card.version,
      card.node,
      `${card.platform}/${card.architecture}`,
      Object.entries(card.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    ]),
  ]
  return `${tableLines(rows).join('\n')}\n`
}

const PROCESS: AgentCommandParts = {
  env: process.env,
  print: toStdout,
  onStop: (stop) => {
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  },
}
