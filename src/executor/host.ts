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
  /** What `setup()` returned: a copy for each iteration. */
  setupData(): unknown
}

export interface ExecutorHost {
  readonly services: ShardServices
  /** Number of this shard, from 0, and how many there are. */
  readonly shard: number
  readonly shards: number
  /** This thread has taken the place of one that died: what that one could not start is lost, and the rest goes on here. */
  readonly isReplacement: boolean
  /** Cells of the control block that belong to this shard. */
  readonly counters: ShardCounters
  readonly exchange: VuExchange
  readonly starts: StartRecorder
  /** Milliseconds that an iteration and the wait after it take at least. */
  readonly minIterationDuration: number
  /**
   * Takes an idle VU: at once when there is one, else the next that is given back. `taken` may be called inside. The function
   * that is returned ends the wait.
   */
  borrow(taken: (loaded: LoadedVu) => void): () => void
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
  /** Counts a failed iteration, which is also counted as complete. */
  addFailed(): void
  addActiveVus(scenario: number, change: number): void
  setState(scenario: number, state: number): void
  addIteration(scenario: number): void
  addDropped(scenario: number, count: number): void
  /** Of the dropped ones, those that a dead thread could not start. */
  addLost(scenario: number, count: number): void
  /** How many iterations of the shard's own plan have been decided: begun, handed over or dropped. It outlives the thread. */
  setDecided(scenario: number, count: number): void
  decided(scenario: number): number
  setLevel(scenario: number, level: number): void
  setAllocatedVus(scenario: number, count: number): void
  /** VUs that all shards have initialised for the scenario. */
  sumAllocatedVus(scenario: number): number
  /** True for the first shard to ask; its warning is that of the instance. */
  claimWarning(scenario: number): boolean
  /** The next number of the scenario's iterations in this instance, from 0; unique among the shards. */
  takeNumber(scenario: number): number
  numbersTaken(scenario: number): number
  /** Iterations of the scenario that have ended, whichever way, on all shards. */
  iterationsEnded(scenario: number): number
  /** True for the last shard to say so. */
  finish(scenario: number): boolean
  /** A script has called `test.abort()`: what is not started any more is not dropped. */
  wasAborted(): boolean
}

/** An iteration of the open model with the moment of the clock at which it is due. */
export interface DueIteration {
  readonly scenario: number
  readonly numberInInstance: number
  readonly due: number
}

/**
 * Idle VUs of open-model scenarios, of all shards. A shard offers each of its idle VUs; whoever has an iteration for one claims it
 * first, so that a VU is promised once only, and an iteration sent to another shard finds a VU there.
 */
export interface VuExchange {
  /** One more VU of this shard is idle. */
  offer(scenario: number): void
  /** Claims an idle VU of this shard; false when all are promised. */
  claim(scenario: number): boolean
  /** Claims an idle VU of another shard and sends the iteration there; false when no shard has one. */
  handOver(iteration: DueIteration): boolean
  /** An iteration that another shard has handed over is here. */
  arrived(scenario: number): void
  /** How many were on their way to the thread that died. */
  takeUndelivered(scenario: number): number
  /** Nobody may claim VUs of this shard any more. Gives how many were not promised. */
  withdraw(scenario: number): number
  /** This shard has offered the VUs it begins with, or never will. */
  join(scenario: number): void
  /** True when all shards have joined. */
  isOpen(scenario: number): boolean
  /** This shard has no more iterations to start, or never had any. */
  finish(scenario: number): void
  /** True when all shards have finished. */
  isFinished(scenario: number): boolean
}

/** Counts how late iterations of the open model begin, to tell when the generator is the limit. */
export interface StartRecorder {
  started(lag: number): void
}
