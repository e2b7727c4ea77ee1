/**
 * Memory that all shards and the main thread share. Its counters change with every iteration; the progress, `exec.instance` and the watchdog
 * read them without a message. It outlives the threads: a thread that replaces a dead one continues with these counters.
 *
 * Shape   1. doubles of the run, of each shard, and of each shard and scenario. Each double of a shard has one writer
 *         2. 64-bit integers that several shards change: iterations handed out, VUs added, the next free moment of `rps`
 *         3. 32-bit integers of each shard and scenario: idle VUs on offer, and iterations that other shards have sent to it
 */
const RUN_FIELDS = 2
const SHARD_FIELDS = 9
const SCENARIO_FIELDS = 8
const SHARED_FIELDS = 5

/** Doubles of the run. */
export const RunCell = {
  /** When the test began, on the run's clock, written by the main thread; 0 before. */
  startedAt: 0,
  /** 1 once a script has called `test.abort()`; written by the shard that ran it. */
  wasAborted: 1,
} as const

/** Doubles per shard. */
export const ShardCell = {
  /** Increases several times a second while the event loop of the shard turns. */
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
  /** Completed iterations that threw, or whose promise could not settle. */
  failed: 8,
} as const

/** Doubles per shard and scenario. */
export const ScenarioCell = {
  /** A ScenarioState of plan/scenario.ts. */
  state: 0,
  activeVus: 1,
  /** Iterations that have ended: complete, failed or interrupted. */
  iterations: 2,
  dropped: 3,
  /** Iterations per second at the moment, or VUs wanted at the moment; that depends on the executor. */
  level: 4,
  /** VUs initialised for this scenario alone (open model). */
  allocatedVus: 5,
  /** Iterations of the shard's own plan that were begun, handed over or dropped. A new thread continues after them. */
  decided: 6,
  /** The dropped iterations that were dropped because a thread had died. */
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
  /** How many shards had a warning that is logged once for all of them. */
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

  /** A view of the cells `currentVu` and `currentIteration` of a shard. */
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

  /** Adds to an integer that all shards share; returns its former value. */
  addShared(scenario: number, field: number, value: number): number {
    return Number(Atomics.add(this.#integers, scenario * SHARED_FIELDS + field, BigInt(value)))
  }

  /** Counts a VU that was not planned; returns how many there were before. */
  addVu(): number {
    return Number(Atomics.add(this.#integers, this.scenarios * SHARED_FIELDS, 1n))
  }

  /** Takes the next free moment, on the run's clock in ms. Moments are at least `interval` ms apart, on all shards together. */
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

  /** Offers one more idle VU of the shard to all shards. */
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

  /** Takes back all VUs that the shard still offers; returns how many. */
  withdrawVus(shard: number, scenario: number): number {
    return Atomics.exchange(this.#offers, shard * this.scenarios + scenario, 0)
  }

  /** True when iterations were dropped because a thread died. */
  get hasLost(): boolean {
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      if (this.sumScenario(scenario, ScenarioCell.lost) > 0) return true
    }
    return false
  }

  /** Counts an iteration that is on its way to the shard (1), or has arrived there (-1). */
  addOnTheWay(shard: number, scenario: number, change: number): void {
    Atomics.add(this.#offers, (this.shards + shard) * this.scenarios + scenario, change)
  }

  /** Sets the count of iterations on their way to the shard to 0; returns how many there were. */
  takeOnTheWay(shard: number, scenario: number): number {
    return Atomics.exchange(this.#offers, (this.shards + shard) * this.scenarios + scenario, 0)
  }

  /**
   * Called when the thread of a shard has died: it has no VUs any more, offers none, and the iterations that were running count as
   * interrupted. Its counts of ended iterations stay.
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
