/** What a shard provides to its executors: VUs, numbers of iterations, and counters. */
import type { ExecutorHost, LoadedVu, ShardCounters, StartRecorder, VuExchange } from '../../executor/host.js'
import type { TagSet } from '../../metrics/tag-set.js'
import type { Scenario } from '../../plan/scenario.js'
import { maxVusOf } from '../../plan/scenario.js'
import type { Share } from '../../plan/share.js'
import { type ControlBlock, RunCell, ScenarioCell, ShardCell, SharedCell } from './control-block.js'
import type { Services } from './services.js'
import { type Peers, SharedVuExchange } from './vu-exchange.js'
import type { VuPool } from './vu-pool.js'

export interface ShardHostOptions {
  readonly services: Services
  readonly shard: number
  readonly control: ControlBlock
  readonly pool: VuPool
  readonly peers: Peers
  readonly starts: StartRecorder
  readonly scenarios: readonly Scenario[]
  /** The part of the test that this instance runs. */
  readonly instance: Share
  /** The instance is one of a run on several machines, whose numbers are those of a run on one machine. */
  readonly isOfWholeTest: boolean
  readonly minIterationDuration: number
  readonly isReplacement: boolean
  readonly initializeVu: (done: (loaded: LoadedVu | undefined) => void) => void
}

export class ShardHost implements ExecutorHost {
  readonly services: Services
  readonly shard: number
  readonly shards: number
  readonly counters: ShardCounters
  readonly exchange: VuExchange
  readonly starts: StartRecorder
  readonly minIterationDuration: number
  readonly isReplacement: boolean
  readonly #pool: VuPool
  /** For each scenario: which iterations of the whole test belong to this instance. */
  readonly #shares: readonly Share[]
  readonly #initializeVu: ShardHostOptions['initializeVu']

  constructor(options: ShardHostOptions) {
    this.services = options.services
    this.shard = options.shard
    this.shards = options.control.shards
    this.counters = new ControlCounters(options.control, options.shard)
    this.exchange = new SharedVuExchange(options.control, options.shard, options.peers)
    this.starts = options.starts
    this.minIterationDuration = options.minIterationDuration
    this.isReplacement = options.isReplacement
    this.#pool = options.pool
    this.#shares = options.scenarios.map((scenario) =>
      iterationShare(scenario, options.instance, options.isOfWholeTest),
    )
    this.#initializeVu = options.initializeVu
  }

  borrow(taken: (loaded: LoadedVu) => void): () => void {
    return this.#pool.borrow(taken)
  }

  giveBack(loaded: LoadedVu): void {
    this.#pool.giveBack(loaded)
  }

  initializeVu(done: (loaded: LoadedVu | undefined) => void): void {
    this.#initializeVu(done)
  }

  numberInTest(scenario: number, numberInInstance: number): number {
    return (this.#shares[scenario] as Share).elementAt(numberInInstance)
  }

  scenarioTags(name: string, tags: Readonly<Record<string, string>>): TagSet {
    const all = this.services.runTags.withAll(tags)
    return this.services.settings.systemTags.has('scenario') ? all.with('scenario', name) : all
  }
}

/**
 * Which iterations of a scenario belong to an instance. Some executors divide iterations in proportion to their VUs, others by the segment
 * itself. With a segment of k6, the numbers of per-vu-iterations have gaps when VUs cannot be divided evenly.
 */
export function iterationShare(scenario: Scenario, instance: Share, isOfWholeTest = false): Share {
  switch (scenario.executor) {
    case 'shared-iterations':
    case 'constant-arrival-rate':
    case 'ramping-arrival-rate':
      return instance.resegment(maxVusOf(scenario)) ?? instance
    case 'per-vu-iterations':
      return (isOfWholeTest ? instance.resegment(scenario.vus) : null) ?? instance
    default:
      return instance
  }
}

export class ControlCounters implements ShardCounters {
  readonly #control: ControlBlock
  readonly #shard: number

  constructor(control: ControlBlock, shard: number) {
    this.#control = control
    this.#shard = shard
  }

  addCompleted(): void {
    this.#control.addShard(this.#shard, ShardCell.completed, 1)
  }

  addFailed(): void {
    this.#control.addShard(this.#shard, ShardCell.failed, 1)
  }

  addInterrupted(): void {
    this.#control.addShard(this.#shard, ShardCell.interrupted, 1)
  }

  addActiveVus(scenario: number, change: number): void {
    this.#control.addScenario(this.#shard, scenario, ScenarioCell.activeVus, change)
    this.#control.addShard(this.#shard, ShardCell.vusActive, change)
  }

  setState(scenario: number, state: number): void {
    this.#control.setScenario(this.#shard, scenario, ScenarioCell.state, state)
  }

  addIteration(scenario: number): void {
    this.#control.addScenario(this.#shard, scenario, ScenarioCell.iterations, 1)
  }

  addDropped(scenario: number, count: number): void {
    this.#control.addScenario(this.#shard, scenario, ScenarioCell.dropped, count)
  }

  addLost(scenario: number, count: number): void {
    this.#control.addScenario(this.#shard, scenario, ScenarioCell.lost, count)
  }

  setDecided(scenario: number, count: number): void {
    this.#control.setScenario(this.#shard, scenario, ScenarioCell.decided, count)
  }

  decided(scenario: number): number {
    return this.#control.getScenario(this.#shard, scenario, ScenarioCell.decided)
  }

  setLevel(scenario: number, level: number): void {
    this.#control.setScenario(this.#shard, scenario, ScenarioCell.level, level)
  }

  setAllocatedVus(scenario: number, count: number): void {
    this.#control.setScenario(this.#shard, scenario, ScenarioCell.allocatedVus, count)
  }

  sumAllocatedVus(scenario: number): number {
    return this.#control.sumScenario(scenario, ScenarioCell.allocatedVus)
  }

  claimWarning(scenario: number): boolean {
    return this.#control.addShared(scenario, SharedCell.warnings, 1) === 0
  }

  takeNumber(scenario: number): number {
    return this.#control.addShared(scenario, SharedCell.taken, 1)
  }

  numbersTaken(scenario: number): number {
    return this.#control.getShared(scenario, SharedCell.taken)
  }

  iterationsEnded(scenario: number): number {
    return this.#control.sumScenario(scenario, ScenarioCell.iterations)
  }

  wasAborted(): boolean {
    return this.#control.getRun(RunCell.wasAborted) !== 0
  }

  finish(scenario: number): boolean {
    return this.#control.addShared(scenario, SharedCell.finishedShards, 1) + 1 === this.#control.shards
  }
}
