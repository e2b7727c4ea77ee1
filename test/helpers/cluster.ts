/** Machines of a cluster in one process: agents with real threads, on a network in memory. */
import { Agent, type AgentOptions } from '../../src/cluster/agent.js'
import { ClusterEngine, type ClusterOptions } from '../../src/cluster/cluster-engine.js'
import { keepIn } from '../../src/cluster/kept-results.js'
import { processTiming } from '../../src/cluster/timing.js'
import { Log } from '../../src/log/log.js'
import { type CreateEngine, createThreadEngine } from '../../src/run/create-engine.js'
import { MemoryNetwork, type MemoryNetworkOptions, type MemoryTransport } from './memory-transport.js'

export interface TestAgent {
  readonly agent: Agent
  readonly transport: MemoryTransport
  /** What it logged. */
  readonly log: readonly string[]
}

export interface TestClusterOptions extends Partial<MemoryNetworkOptions> {
  /** What differs from the others, by agent. */
  readonly agents: readonly Partial<
    AgentOptions['card'] & Pick<AgentOptions, 'createEngine' | 'keep' | 'descriptors'>
  >[]
}

export class TestCluster {
  readonly network: MemoryNetwork
  readonly agents: TestAgent[] = []

  constructor({ agents, ...network }: TestClusterOptions) {
    this.network = new MemoryNetwork({ timing: processTiming, ...network })
    for (const own of agents) this.add(own)
  }

  add({ createEngine, keep, descriptors, ...own }: TestClusterOptions['agents'][number] = {}): TestAgent {
    const number = this.agents.length
    const transport = this.network.connect()
    const log: string[] = []
    const agent = new Agent({
      transport,
      timing: processTiming,
      card: {
        id: `agent${number}`,
        name: `machine-${number}`,
        labels: {},
        cores: 1,
        memory: 1024 ** 3,
        version: '1.0.0',
        node: process.version,
        platform: process.platform,
        architecture: process.arch,
        ...own,
      },
      descriptors: descriptors ?? (() => 100_000),
      createEngine: createEngine ?? createThreadEngine,
      keep: keep ?? keepIn(undefined, `machine-${number}`, new Log('error', () => {})),
      log: new Log('info', ({ msg }) => log.push(msg)),
    })
    const added = { agent, transport, log }
    this.agents.push(added)
    return added
  }

  /** The engine of a coordinator on a machine of its own. */
  engine(options: Partial<ClusterOptions> = {}): CreateEngine {
    return (engineOptions) =>
      new ClusterEngine(engineOptions, {
        openTransport: async () => this.network.connect(),
        createLocalEngine: createThreadEngine,
        wanted: { count: this.agents.length, require: {}, waitMs: 0 },
        isWeighted: false,
        onLost: 'continue',
        shards: undefined,
        version: '1.0.0',
        ...options,
      })
  }

  /** Ends all agents. */
  async end(): Promise<void> {
    await Promise.all(this.agents.map(({ agent }) => agent.leave()))
  }
}
