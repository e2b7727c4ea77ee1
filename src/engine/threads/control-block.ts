/**
 * Memory that all shards and the main thread share: counters that change with every iteration and are read for progress, for
 * `exec.instance` and by the watchdog, without a message. It outlives the threads: one that replaces another goes on from here.
 *
 * Shape   doubles of the run, of each shard, of each shard and scenario; after them 64-bit integers for what must be exact
 *         between shards (iterations handed out, VUs added), and 32-bit integers for the idle VUs that each shard offers, and for the
 *         iterations on their way to it. Every double of shards has
 *         one writer.
 */
const RUN_FIELDS = 2
const SHARD_FIELDS = 9
const SCENARIO_FIELDS = 8
const SHARED_FIELDS = 5

/** Doubles of the run. */
export const RunCell = {
  /** Moment of the run's clock when the test was started, written by the main thread; 0 before. */
  startedAt: 0,
  /** 1 once a script has called `test.abort()`; written by whichever shard it ran on. */
  wasAborted: 1,
} as const

/** Doubles per shard. */
export const ShardCell = {
  /** Increases several times a second while the shard's loop turns. */
  heartbeat: 0,
  vusInitialized: 1,
  vusActive: 2,
  completed: 3,
  interrupted: 4,
  /** Number of the VU whose JavaScript ran last. */
  currentVu: 5,
  /** The number of the iteration that this VU runs. */
  currentIteration: 6,
  openWebSockets: 7,
  /** Iterations among the complete ones that threw, or whose promise could not settle. */
  failed: 8,
} as const

/** Doubles per shard and scenario. */
export const ScenarioCell = {
  /** The state of the scenario: a ScenarioState of plan/scenario.ts. */
  state: 0,
  activeVus: 1,
  /** Iterations that have ended: complete, failed or interrupted. */
  iterations: 2,
  dropped: 3,
  /** Executor specific: iterations per second at the moment, or VUs wanted. */
  level: 4,
  /** VUs initialised for this scenario alone (open model). */
  allocatedVus: 5,
  /** Iterations of the shard's own plan that have been begun, handed over or dropped. */
  decided: 6,
  /** Of the dropped ones, those that a thread that died could not start. */
  lost: 7,
} as const

/** 64-bit integers per scenario, changed with Atomics. */
export const SharedCell = {
  /** Iterations handed out so far. */
  taken: 0,
  /** Shards that have nothing more to do for the scenario. */
  finishedShards: 1,
  /** Shards that have offered the idle VUs they begin with (open model). */
  openModelJoined: 2,
  /** Shards that have started all their iterations (open model). */
  openModelFinished: 3,
  /** Warnings that are the instance's, not a shard's. */
  warnings: 4,
} as const

export class ControlBlock {
  readonly buffer: SharedArrayBuffer
  readonly shards: number
  readonly scenarios: number
  readonly #doubles: Float64Array
  readonly #integers: BigInt64Array
  readonly #offers: Int32Array

  constructor(shards: number, scenarios: number, buffer?: SharedArrayBuffer) {
    this.shards = shards
    this.scenarios = scenarios
    const doubles = RUN_FIELDS + shards * (SHARD_FIELDS + scenarios * SCENARIO_FIELDS)
    const integers = scenarios * SHARED_FIELDS + 2
    const offers = 2 * shards * scenarios
    this.buffer = buffer ?? new SharedArrayBuffer(doubles * 8 + integers * 8 + offers * 4)
    this.#doubles = new Float64Array(this.buffer, 0, doubles)
    this.#integers = new BigInt64Array(this.buffer, doubles * 8, integers)
    this.#offers = new Int32Array(this.buffer, (doubles + integers) * 8, offers)
  }

  getRun(field: number): number {
    return this.#doubles[field] as number
  }

  setRun(field: number, value: number): void {
    this.#doubles[field] = value
  }

  getShard(shard: number, field: number): number {
    return this.#doubles[RUN_FIELDS + shard * SHARD_FIELDS + field] as number
  }

  setShard(shard: number, field: number, value: number): void {
    this.#doubles[RUN_FIELDS + shard * SHARD_FIELDS + field] = value
  }

  /** The cells `currentVu` and `currentIteration` of a shard. */
  runningCells(shard: number): Float64Array {
    const first = RUN_FIELDS + shard * SHARD_FIELDS + ShardCell.currentVu
    return this.#doubles.subarray(first, first + 2)
  }

  addShard(shard: number, field: number, value: number): void {
    const index = RUN_FIELDS + shard * SHARD_FIELDS + field
    this.#doubles[index] = (this.#doubles[index] as number) + value
  }

  sumShards(field: number): number {
    let sum = 0
    for (let shard = 0; shard < this.shards; shard++) sum += this.getShard(shard, field)
    return sum
  }

  getScenario(shard: number, scenario: number, field: number): number {
    return this.#doubles[this.#scenarioIndex(shard, scenario, field)] as number
  }

  setScenario(shard: number, scenario: number, field: number, value: number): void {
    this.#doubles[this.#scenarioIndex(shard, scenario, field)] = value
  }

  addScenario(shard: number, scenario: number, field: number, value: number): void {
    const index = this.#scenarioIndex(shard, scenario, field)
    this.#doubles[index] = (this.#doubles[index] as number) + value
  }

  sumScenario(scenario: number, field: number): number {
    let sum = 0
    for (let shard = 0; shard < this.shards; shard++) sum += this.getScenario(shard, scenario, field)
    return sum
  }

  /** Adds to an integer shared by the shards and gives its former value. */
  addShared(scenario: number, field: number, value: number): number {
    return Number(Atomics.add(this.#integers, scenario * SHARED_FIELDS + field, BigInt(value)))
  }

  /** Counts a VU that no shard had planned; gives how many there were before. */
  addVu(): number {
    return Number(Atomics.add(this.#integers, this.scenarios * SHARED_FIELDS, 1n))
  }

  /** The next free moment of a queue that lets one through every `interval` ms; milliseconds of the run's clock. */
  takeSlot(now: number, interval: number): number {
    const index = this.scenarios * SHARED_FIELDS + 1
    const earliest = BigInt(Math.ceil(now * 1000))
    for (;;) {
      const free = Atomics.load(this.#integers, index)
      const slot = free > earliest ? free : earliest
      const next = slot + BigInt(Math.round(interval * 1000))
      if (Atomics.compareExchange(this.#integers, index, free, next) === free) return Number(slot) / 1000
    }
  }

  getShared(scenario: number, field: number): number {
    return Number(Atomics.load(this.#integers, scenario * SHARED_FIELDS + field))
  }

  /** One more idle VU of the shard may be claimed by any shard. */
  offerVu(shard: number, scenario: number): void {
    Atomics.add(this.#offers, shard * this.scenarios + scenario, 1)
  }

  /** Claims an idle VU of a shard; false when it has none to offer. */
  claimVu(shard: number, scenario: number): boolean {
    const index = shard * this.scenarios + scenario
    for (;;) {
      const offered = Atomics.load(this.#offers, index)
      if (offered <= 0) return false
      if (Atomics.compareExchange(this.#offers, index, offered, offered - 1) === offered) return true
    }
  }

  offeredVus(shard: number, scenario: number): number {
    return Atomics.load(this.#offers, shard * this.scenarios + scenario)
  }

  /** Takes back what the shard still offers. */
  withdrawVus(shard: number, scenario: number): number {
    return Atomics.exchange(this.#offers, shard * this.scenarios + scenario, 0)
  }

  /** Whether iterations were dropped because a thread died. */
  get hasLost(): boolean {
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      if (this.sumScenario(scenario, ScenarioCell.lost) > 0) return true
    }
    return false
  }

  /** One more iteration is on its way to the shard (1), or has arrived there (-1). */
  addOnTheWay(shard: number, scenario: number, change: number): void {
    Atomics.add(this.#offers, (this.shards + shard) * this.scenarios + scenario, change)
  }

  /** Takes the count of those that will never arrive. */
  takeOnTheWay(shard: number, scenario: number): number {
    return Atomics.exchange(this.#offers, (this.shards + shard) * this.scenarios + scenario, 0)
  }

  /**
   * The thread of a shard is gone: its VUs are no more, the iterations they were running count as interrupted, and nothing of it
   * waits for anybody. What it has counted stays.
   */
  bury(shard: number): void {
    this.addShard(shard, ShardCell.interrupted, this.getShard(shard, ShardCell.vusActive))
    for (const field of [
      ShardCell.vusActive,
      ShardCell.vusInitialized,
      ShardCell.openWebSockets,
      ShardCell.heartbeat,
    ]) {
      this.setShard(shard, field, 0)
    }
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      this.withdrawVus(shard, scenario)
      for (const field of [ScenarioCell.activeVus, ScenarioCell.level, ScenarioCell.allocatedVus]) {
        this.setScenario(shard, scenario, field, 0)
      }
    }
  }

  #scenarioIndex(shard: number, scenario: number, field: number): number {
    return RUN_FIELDS + this.shards * SHARD_FIELDS + (shard * this.scenarios + scenario) * SCENARIO_FIELDS + field
  }
}
