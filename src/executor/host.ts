/** What executors need of the shard they run on. */
import type { TagSet } from '../metrics/tag-set.js'
import type { ShardServices } from '../vu/shard-services.js'
import type { VirtualUser } from '../vu/virtual-user.js'

/** A VU with what its script exports. */
export interface LoadedVu {
  readonly vu: VirtualUser
  readonly exports: Readonly<Record<string, unknown>>
  /** `__ENV` for a scenario. */
  setEnvironment(env: Readonly<Record<string, string>>): void
  /** `__ITER`. */
  enterIteration(iteration: number): void
  /** What `setup()` returned, parsed once per VU. */
  setupData(): unknown
}

export interface ExecutorHost {
  readonly services: ShardServices
  /** Number of this shard, from 0, and how many there are. */
  readonly shard: number
  readonly shards: number
  /** Cells of the control block that belong to this shard. */
  readonly counters: ShardCounters
  /** Milliseconds that an iteration and the wait after it take at least. */
  readonly minIterationDuration: number
  /** Takes an idle VU, or undefined when all are at work. */
  borrow(): LoadedVu | undefined
  giveBack(loaded: LoadedVu): void
  /** Initialises one more VU during the run. */
  initializeVu(done: (loaded: LoadedVu | undefined) => void): void
  /** Number within the whole test of an iteration of this instance. */
  numberInTest(scenario: number, numberInInstance: number): number
  scenarioTags(name: string, tags: Readonly<Record<string, string>>): TagSet
}

export interface ShardCounters {
  addCompleted(): void
  addInterrupted(): void
  addActiveVus(scenario: number, change: number): void
  setState(scenario: number, state: number): void
  addIteration(scenario: number): void
  addDropped(scenario: number, count: number): void
  setLevel(scenario: number, level: number): void
  setAllocatedVus(scenario: number, count: number): void
  /** The next number of the scenario's iterations in this instance, from 0; unique among the shards. */
  takeNumber(scenario: number): number
  numbersTaken(scenario: number): number
  /** True for the last shard to say so. */
  finish(scenario: number): boolean
}
