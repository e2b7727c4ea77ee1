/**
 * A cluster whose time is the test's: machines with clocks of their own on a network in memory, and engines that only count. Hours of a
 * thousand machines pass in seconds, and the same seed gives the same run.
 *
 * Units  milliseconds
 */
import { setImmediate as turn } from 'node:timers/promises'
import { Agent } from '../../src/cluster/agent.js'
import { ClusterEngine, type ClusterOptions } from '../../src/cluster/cluster-engine.js'
import type { Keep } from '../../src/cluster/kept-results.js'
import type { AgentCard } from '../../src/cluster/protocol.js'
import type { Timing } from '../../src/cluster/timing.js'
import type { CallResult, LifecycleCall } from '../../src/engine/calls.js'
import type { AggregateReport, Engine, EngineEvents, PastTime, ResultListener } from '../../src/engine/engine.js'
import type { EngineProgress } from '../../src/engine/progress.js'
import type { LoadedScript, Program, Workload } from '../../src/engine/workload.js'
import { Log } from '../../src/log/log.js'
import { ScenarioState } from '../../src/plan/scenario.js'
import { Share } from '../../src/plan/share.js'
import type { CreateEngine } from '../../src/run/create-engine.js'
import { reportOf } from './memory-engine.js'
import { MemoryNetwork, type MemoryNetworkOptions, type MemoryTransport } from './memory-transport.js'

/** mulberry32 */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Time that passes when somebody waits for it. */
export class SimulatedTime {
  now = 0
  /** By moment, in whole ms. */
  readonly #due = new Map<number, Set<() => void>>()
  #moments: number[] = []

  after(ms: number, act: () => void): () => void {
    const moment = Math.ceil(this.now + Math.max(0, ms))
    let acts = this.#due.get(moment)
    if (acts === undefined) {
      acts = new Set()
      this.#due.set(moment, acts)
      push(this.#moments, moment)
    }
    const own = (): void => act()
    acts.add(own)
    return () => acts.delete(own)
  }

  /** Lets time pass until `done` is fulfilled, and gives its value. */
  async until<T>(done: Promise<T>, limit = 3_600_000): Promise<T> {
    let isDone = false
    const watched = done.finally(() => {
      isDone = true
    })
    watched.catch(() => undefined)
    const end = this.now + limit
    for (await turn(); !isDone; await turn()) {
      if (this.now > end) throw new Error(`nothing has come of it in ${limit} ms`)
      this.#step()
    }
    return watched
  }

  async pass(ms: number): Promise<void> {
    await this.until(new Promise<void>((resolve) => this.after(ms, resolve)))
  }

  #step(): void {
    const moment = this.#moments[0]
    if (moment === undefined) throw new Error('nothing will ever happen')
    this.now = Math.max(this.now, moment)
    const acts = this.#due.get(moment) as Set<() => void>
    // What is due at the same moment comes after what is there, and may be cancelled by it.
    for (const act of acts) {
      acts.delete(act)
      act()
    }
    this.#due.delete(moment)
    pop(this.#moments)
  }
}

function push(heap: number[], value: number): void {
  let at = heap.push(value) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if ((heap[parent] as number) <= value) break
    heap[at] = heap[parent] as number
    at = parent
  }
  heap[at] = value
}

function pop(heap: number[]): void {
  const last = heap.pop() as number
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++
    if ((heap[child] as number) >= last) break
    heap[at] = heap[child] as number
    at = child
  }
  heap[at] = last
}

/** A clock of one machine, and timers that end with it. */
class MachineTiming implements Timing {
  isDead = false
  readonly #time: SimulatedTime
  readonly #offset: number
  readonly #wallOffset: number

  constructor(time: SimulatedTime, offset: number, wallOffset: number) {
    this.#time = time
    this.#offset = offset
    this.#wallOffset = wallOffset
  }

  now(): number {
    return this.#time.now + this.#offset
  }

  wallClock(): number {
    return 1_700_000_000_000 + this.#time.now + this.#wallOffset
  }

  after(ms: number, act: () => void): () => void {
    return this.#time.after(ms, () => {
      if (!this.isDead) act()
    })
  }
}

/** How long the scenarios take. */
export const DURATION = 6000

/** Does its share of the iterations evenly, and reports them every second. */
class CountingEngine implements Engine {
  readonly place = 'local'
  readonly startLead = 0
  readonly losses: readonly string[] = []
  isComplete = true
  hasLostWork = false
  readonly #machine: SimulatedMachine
  readonly #events: EngineEvents
  #results: ResultListener | undefined
  #share = 0
  #done = 0
  #unreported = 0
  #state: ScenarioState = ScenarioState.waiting
  #end: (() => void) | undefined

  constructor(machine: SimulatedMachine, events: EngineEvents) {
    this.#machine = machine
    this.#events = events
  }

  async load(): Promise<LoadedScript> {
    await this.#wait(50)
    return {
      functions: ['default'],
      values: [],
      options: undefined,
      optionProblems: [],
      uncallable: {},
      metrics: [],
      openedFiles: [],
    }
  }

  async prepare(workload: Workload, results: ResultListener): Promise<void> {
    this.#results = results
    const share = Share.parse(workload.executionSegment, workload.executionSegmentSequence)
    this.#share = share.scale(ITERATIONS) - (workload.resumed?.[0]?.ended ?? 0)
    await this.#wait(200)
  }

  begin(ago = 0): void {
    this.#machine.begunAt = this.#machine.time.now - ago
  }

  async call({ name }: LifecycleCall): Promise<CallResult> {
    this.#machine.calls.push(name)
    await this.#wait(300)
    this.#events.onLog(
      { records: [{ level: 'info', msg: `${name} on ${this.#machine.name}`, fields: {}, time: 0 }], dropped: 0 },
      () => {},
    )
    return { outcome: 'returned', value: { kind: 'json', json: '1' } }
  }

  async start(_setupData: string | undefined, past?: PastTime): Promise<void> {
    this.#machine.past = past
    const { ago } = past ?? { ago: 0 }
    this.#machine.startedAt = this.#machine.time.now
    this.#state = ScenarioState.running
    const steps = Math.max(1, Math.round((DURATION - ago) / 1000))
    let isOver = false
    const over = new Promise<void>((resolve) => {
      this.#end = () => {
        isOver = true
        resolve()
      }
    })
    for (let step = 1; step <= steps && !isOver; step++) {
      await Promise.race([this.#wait(1000), over])
      if (isOver) break
      this.#work(Math.floor((this.#share * step) / steps) - this.#done)
    }
    this.#state = ScenarioState.done
  }

  pause(): void {}
  resume(): void {}
  scale(): void {}

  stop(): void {
    this.#end?.()
  }

  interrupt(): void {
    this.#end?.()
  }

  report(): void {
    this.#report()
  }

  async flush(): Promise<void> {
    this.#report()
  }

  progress(): EngineProgress {
    const counters = { state: this.#state, activeVus: 0, iterations: this.#done, dropped: 0, level: 0, allocatedVus: 0 }
    return {
      vus: { active: 1, initialized: 1 },
      iterations: { complete: this.#done, failed: 0, interrupted: 0 },
      openWebSockets: 0,
      scenarios: [counters],
    }
  }

  async close(): Promise<void> {
    this.#end?.()
  }

  #work(count: number): void {
    this.#done += count
    this.#unreported += count
    this.#machine.done += count
    this.#report()
  }

  #report(): void {
    if (this.#unreported === 0) return
    const done = [{ ended: this.#done, dropped: 0 }]
    this.#results?.onAggregates(0, { ...reportOf({ iterations: this.#unreported }), done })
    this.#machine.reported += this.#unreported
    this.#unreported = 0
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#machine.timing.after(ms, resolve))
  }
}

export const ITERATIONS = 100_003

/** What an agent may tell of its machine. */
export const CARD: AgentCard = {
  id: 'a1',
  name: 'machine',
  labels: { zone: 'eu' },
  cores: 4,
  memory: 1,
  descriptors: null,
  protocol: 1,
  version: '1.0.0',
  node: 'v24.0.0',
  platform: 'linux',
  architecture: 'x64',
  isBusy: false,
  wallClock: 10_000,
}

export class SimulatedMachine {
  readonly name: string
  readonly time: SimulatedTime
  readonly timing: MachineTiming
  readonly transport: MemoryTransport
  /** Iterations that its engines did, and those that they handed over to be sent. */
  done = 0
  reported = 0
  startedAt: number | undefined
  /** When the test began, as its engine was told. */
  begunAt: number | undefined
  /** What its engine heard of the time before it. */
  past: PastTime | undefined
  readonly calls: string[] = []
  agent: Agent | undefined

  constructor(name: string, time: SimulatedTime, network: MemoryNetwork, offset: number, wallOffset: number) {
    this.name = name
    this.time = time
    this.timing = new MachineTiming(time, offset, wallOffset)
    this.transport = network.connect()
  }

  engine: CreateEngine = ({ events }) => new CountingEngine(this, events)

  /** Power off. */
  kill(): void {
    this.timing.isDead = true
    this.transport.cut({ isKnown: false })
  }
}

export interface SimulationOptions extends Partial<Omit<MemoryNetworkOptions, 'timing' | 'random'>> {
  readonly seed: number
  readonly machines: number
  /** Clocks differ by so much at most. */
  readonly clockSpread?: number
  /** Their wall clocks differ by so much at most. */
  readonly wallClockSpread?: number
  readonly keep?: Keep
}

/** What a coordinator of a simulated run has heard. */
export class Coordinator implements EngineEvents, ResultListener {
  readonly machine: SimulatedMachine
  readonly engine: ClusterEngine
  readonly log: string[] = []
  readonly lost: string[] = []
  /** Iterations, by instance. */
  readonly counted = new Map<number, number>()

  constructor(machine: SimulatedMachine, options: ClusterOptions) {
    this.machine = machine
    const log = new Log('info', ({ msg }) => this.log.push(msg))
    this.engine = new ClusterEngine({ events: this, log, shards: 1, epochOrigin: 0 }, options)
  }

  get total(): number {
    return [...this.counted.values()].reduce((sum, count) => sum + count, 0)
  }

  /** From the first step to the last, as a run goes through them. */
  async run(): Promise<void> {
    const { engine } = this
    try {
      await engine.load(PROGRAM)
      await engine.prepare(WORKLOAD, this)
      engine.begin()
      await engine.call({ name: 'setup', argument: undefined, timeout: 60_000 })
      if (this.lost.length === 0) await engine.start('1')
      await engine.call({ name: 'teardown', argument: '1', timeout: 60_000 })
      await engine.flush(5000)
    } finally {
      await engine.close()
    }
  }

  onAggregates(part: number, { aggregates }: AggregateReport): void {
    const instance = Math.floor(part / 4096)
    for (const { name, state } of aggregates) {
      if (name !== 'iterations' || state.type !== 'counter') continue
      this.counted.set(instance, (this.counted.get(instance) ?? 0) + state.sum)
    }
  }

  onSamples(): void {}

  onLog(batch: Parameters<EngineEvents['onLog']>[0], acknowledge: () => void): void {
    this.log.push(...batch.records.map(({ msg }) => msg))
    acknowledge()
  }

  onAbort(): void {}
  onFail(): void {}
  onInitFailed(): void {}

  onLost(part: string, reason: string): void {
    this.lost.push(`${part}: ${reason}`)
    this.engine.interrupt()
  }
}

export class Simulation {
  readonly time = new SimulatedTime()
  readonly random: () => number
  readonly network: MemoryNetwork
  readonly machines: SimulatedMachine[] = []
  readonly #clockSpread: number
  readonly #wallClockSpread: number

  constructor({
    seed,
    machines,
    clockSpread = 0,
    wallClockSpread = 0,
    keep = KEEP_NOTHING,
    ...network
  }: SimulationOptions) {
    this.random = randomOf(seed)
    this.#clockSpread = clockSpread
    this.#wallClockSpread = wallClockSpread
    this.network = new MemoryNetwork({ timing: this.time, random: this.random, ...network })
    for (let i = 0; i < machines; i++) this.machines.push(this.#agent(`m${String(i).padStart(4, '0')}`, keep))
  }

  coordinator(options: Partial<ClusterOptions> = {}): Coordinator {
    const machine = this.#machine('coordinator')
    return new Coordinator(machine, {
      openTransport: async () => machine.transport,
      createLocalEngine: machine.engine,
      wanted: { count: this.machines.length, require: {}, waitMs: 0 },
      isWeighted: false,
      onLost: 'continue',
      shards: undefined,
      version: '1.0.0',
      timing: machine.timing,
      ...options,
    })
  }

  #machine(name: string): SimulatedMachine {
    return new SimulatedMachine(
      name,
      this.time,
      this.network,
      Math.round((this.random() - 0.5) * 2 * this.#clockSpread),
      Math.round((this.random() - 0.5) * 2 * this.#wallClockSpread),
    )
  }

  #agent(name: string, keep: Keep): SimulatedMachine {
    const machine = this.#machine(name)
    machine.agent = new Agent({
      transport: machine.transport,
      timing: machine.timing,
      card: {
        id: name,
        name,
        labels: {},
        cores: 1 + (this.machines.length % 4),
        memory: 1,
        version: '1.0.0',
        node: process.version,
        platform: process.platform,
        architecture: process.arch,
      },
      descriptors: () => null,
      createEngine: machine.engine,
      keep,
      log: new Log('info', () => {}),
    })
    return machine
  }
}

const KEEP_NOTHING: Keep = () => ({ results: undefined, end: async () => {} })

const PROGRAM: Program = {
  script: {
    code: '',
    map: '{}',
    kind: 'module',
    awaits: {},
    imports: [],
    importedNames: [],
    isCommonJs: false,
    url: 'file:///script.js',
    folder: '/',
  } as unknown as Program['script'],
  env: {},
  compatibilityMode: 'extended',
  isVerbose: false,
  logsEvery: false,
  archivedFiles: null,
  secretSources: [],
}

const WORKLOAD = {
  scenarios: [],
  executionSegment: '',
  executionSegmentSequence: '',
  http: { rps: 0 },
} as unknown as Workload
