/**
 * Turns the messages of all shards of a run into a few promises: load, prepare, call, run, flush. Other messages go to the events.
 *
 * Nobody waits for a shard that has died, and the run decides what its death means. Only `run` still waits, until `giveUp`, because a new
 * thread may take the place of the shard.
 */
import { monotonicClock } from '../../base/clock.js'
import { type Pause, Pauses } from '../../plan/pauses.js'
import type { CallResult, LifecycleCall } from '../calls.js'
import type { EngineEvents, ResultListener } from '../engine.js'
import { type PoolListener, ShardPool } from './pool.js'
import type { FromShard, ShardBoot, ShardPlan, ToShard } from './protocol.js'

/** Waits for one message of a type from each of some shards. */
interface Expectation {
  readonly type: FromShard['type']
  readonly waiting: Set<number>
  readonly resolve: () => void
}

export interface ShardEvents extends Omit<EngineEvents, 'onLost'> {
  onDeath(shard: number, reason: string): void
  /** The script has broken `builtin`, and the shard cannot continue; see vital-builtins.ts. */
  onBroken(shard: number, builtin: string): void
}

type Loaded = Extract<FromShard, { type: 'loaded' }>

/** The shard that does what is done once: load, setup, teardown, handleSummary. */
export const FIRST_SHARD = 0

export class RunShards implements PoolListener {
  readonly #pool: ShardPool = new ShardPool(this)
  readonly #events: ShardEvents
  #results: ResultListener | undefined
  #expectations: Expectation[] = []
  #boot: ShardBoot | undefined
  #plan: ShardPlan | undefined
  #loaded: Loaded | undefined
  #called: CallResult | undefined
  /** Kept while scenarios run: a thread that replaces a dead one gets it, too. */
  #start: Extract<ToShard, { type: 'start' }> | undefined
  #pauses = new Pauses()
  readonly #scaled = new Map<number, ToShard>()
  #isInterrupted = false
  #isClosed = false

  constructor(events: ShardEvents) {
    this.#events = events
  }

  get alive(): readonly number[] {
    return this.#pool.shards
  }

  /** Runs the init code once. Undefined when it threw or the shard died; the events have reported that. */
  async load(boot: ShardBoot): Promise<Loaded | undefined> {
    this.#boot = { ...boot, shard: FIRST_SHARD, isLoader: true }
    this.#pool.start(this.#boot)
    await Promise.race([this.#expect('loaded', [FIRST_SHARD]), this.#expect('init failed', [FIRST_SHARD])])
    return this.#loaded
  }

  /** Starts the other shards; resolves when all planned VUs are initialised. */
  async prepare(plan: ShardPlan, results: ResultListener): Promise<void> {
    this.#plan = plan
    this.#results = results
    this.#startOthers(plan.shards)
    const prepared = this.#expect('prepared', this.#pool.shards)
    this.#pool.broadcast({ type: 'prepare', plan })
    await prepared
  }

  /** Undefined when the shard died meanwhile, cannot be replaced, or all threads were ended. */
  async call(call: LifecycleCall): Promise<CallResult | undefined> {
    if (!this.alive.includes(FIRST_SHARD)) await this.#replaceFirst()
    if (!this.alive.includes(FIRST_SHARD)) return undefined
    this.#called = undefined
    const called = this.#expect('called', [FIRST_SHARD])
    this.#pool.send(FIRST_SHARD, { type: 'call', call })
    await called
    return this.#called
  }

  /** Runs the scenarios; resolves when all shards have ended theirs. */
  async run(startedAt: number, setupData: string | undefined, pauses: readonly Pause[]): Promise<void> {
    const { isPaused } = this
    this.#start = { type: 'start', startedAt, setupData, pauses }
    this.#pauses = new Pauses(pauses)
    const ended = this.#expect('ended', this.#pool.shards)
    this.#pool.broadcast(this.#start)
    // Shards that were paused during setup had no scenarios yet.
    if (isPaused) this.pause()
    await ended
    this.#start = undefined
  }

  /**
   * Replaces a thread that died while scenarios ran. With `isOver` no iteration may begin any more: then the new thread has no VUs, and only
   * counts what was lost. Returns false when the new thread died before it could begin.
   */
  async revive(shard: number, { isOver }: { readonly isOver: boolean }): Promise<boolean> {
    const plan = this.#plan
    if (this.#isClosed || this.#boot === undefined || plan === undefined || this.#start === undefined) return false
    this.#pool.start({ ...this.#boot, shard, isLoader: false, isReplacement: true })
    const prepared = this.#expect('prepared', [shard])
    const plannedVUs = isOver ? plan.plannedVUs.map(() => 0) : plan.plannedVUs
    this.#pool.send(shard, { type: 'prepare', plan: { ...plan, plannedVUs } })
    await prepared
    if (!this.#pool.shards.includes(shard)) return false
    for (const scale of this.#scaled.values()) this.#pool.send(shard, scale)
    this.#pool.send(shard, { ...this.#start, pauses: this.#pauses.until(this.#elapsed) })
    if (this.isPaused) this.#pool.send(shard, { type: 'pause' })
    if (this.#isInterrupted) this.#pool.send(shard, { type: 'interrupt' })
    return true
  }

  /** True while a former thread of the shard was told to end and has not ended. */
  lingers(shard: number): boolean {
    return this.#pool.lingers(shard)
  }

  /** Everything that waits for the shard stops waiting. */
  giveUp(shard: number): void {
    this.#settle(shard, () => true)
  }

  #startOthers(shards: number): void {
    const boot = this.#boot
    if (boot === undefined) return
    for (let shard = 1; shard < shards; shard++) this.#pool.start({ ...boot, shard, isLoader: false })
  }

  /** Replaces a dead first shard by a thread without VUs, for teardown and handleSummary. */
  async #replaceFirst(): Promise<void> {
    if (this.#isClosed || this.#boot === undefined || this.#plan === undefined) return
    const { plannedVUs } = this.#plan
    this.#pool.start({ ...this.#boot, isLoader: false })
    const prepared = this.#expect('prepared', [FIRST_SHARD])
    this.#pool.send(FIRST_SHARD, { type: 'prepare', plan: { ...this.#plan, plannedVUs: plannedVUs.map(() => 0) } })
    await prepared
  }

  stop(): void {
    this.#pool.broadcast({ type: 'stop' })
  }

  pause(): void {
    this.#pauses.begin(this.#elapsed)
    this.#pool.broadcast({ type: 'pause' })
  }

  resume(): void {
    this.#pauses.end(this.#elapsed)
    this.#pool.broadcast({ type: 'resume' })
  }

  get isPaused(): boolean {
    return this.#pauses.isPaused
  }

  /** Milliseconds since the scenarios began. */
  get #elapsed(): number {
    return this.#start === undefined ? 0 : monotonicClock.now() - this.#start.startedAt
  }

  scale(scenario: number, vus: number, maxVUs: number): void {
    const message: ToShard = { type: 'scale', scenario, vus, maxVUs }
    this.#scaled.set(scenario, message)
    this.#pool.broadcast(message)
  }

  interrupt(): void {
    this.#isInterrupted = true
    this.#pool.broadcast({ type: 'interrupt' })
  }

  report(): void {
    this.#pool.broadcast({ type: 'report' })
  }

  /** Resolves when all results and log lines have arrived, or `limitMs` has passed. */
  async flush(limitMs: number): Promise<void> {
    const flushed = this.#expect('flushed', this.#pool.shards)
    this.#pool.broadcast({ type: 'flush' })
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs)
    })
    await Promise.race([flushed, limit])
    clearTimeout(timer)
  }

  /** Ends a thread that no longer answers. Nobody waits for it any more; `onDeath` is not called. */
  async kill(shard: number): Promise<void> {
    await this.#pool.terminate(shard)
    this.#release(shard)
  }

  /** Ends all threads; all promises resolve. */
  async terminate(): Promise<void> {
    this.#isClosed = true
    const ending = [...this.#pool.shards]
    await this.#pool.terminate()
    for (const shard of ending) this.giveUp(shard)
    // Also shards that have no thread at the moment, because they wait for a new one.
    for (const { waiting } of [...this.#expectations]) for (const shard of [...waiting]) this.giveUp(shard)
  }

  onMessage(shard: number, message: FromShard): void {
    switch (message.type) {
      case 'loaded':
        this.#loaded = message
        break
      case 'called':
        this.#called = message.result
        break
      case 'init failed':
        this.#events.onInitFailed(message.vu)
        break
      case 'aggregates':
        return this.#results?.onAggregates(shard, message.report)
      case 'samples':
        return this.#results?.onSamples(shard, message.batch, () => this.#batchTaken(shard))
      case 'log':
        return this.#events.onLog(message.batch, () => this.#pool.send(shard, { type: 'log taken' }))
      case 'abort':
        return this.#events.onAbort(message.message, message.place)
      case 'fail':
        return this.#events.onFail(message.message)
      case 'broken':
        return this.#events.onBroken(shard, message.builtin)
      case 'prepared':
      case 'ended':
      case 'flushed':
        break
      default:
        message satisfies never
    }
    this.#meet(shard, message.type)
  }

  /** Through shared memory, because a shard that stands still reads no message. */
  #batchTaken(shard: number): void {
    if (this.#plan === undefined) return
    const taken = new Int32Array(this.#plan.batchesTaken)
    Atomics.add(taken, shard, 1)
    Atomics.notify(taken, shard)
  }

  onDeath(shard: number, reason: string): void {
    this.#release(shard)
    this.#events.onDeath(shard, reason)
  }

  #expect(type: FromShard['type'], shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#expectations.push({ type, waiting: new Set(shards), resolve })
    })
  }

  #meet(shard: number, type: FromShard['type']): void {
    this.#settle(shard, (expectation) => expectation.type === type)
  }

  /** The shard has died. Its scenarios may continue in a new thread, so `ended` is still expected. */
  #release(shard: number): void {
    this.#settle(shard, ({ type }) => type !== 'ended')
  }

  #settle(shard: number, concerns: (expectation: Expectation) => boolean): void {
    for (const expectation of this.#expectations) {
      if (!concerns(expectation)) continue
      expectation.waiting.delete(shard)
      if (expectation.waiting.size === 0) expectation.resolve()
    }
    this.#expectations = this.#expectations.filter(({ waiting }) => waiting.size > 0)
  }
}
