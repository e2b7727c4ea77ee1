/**
 * A test run without threads, sockets and waiting: shards whose clock, timers and turns the test drives. Executors, scenario runs, virtual
 * users, shared counters and the exchange of idle VUs are the real ones; the script is a function that says how long an iteration
 * takes.
 *
 * Units  milliseconds since the test was started
 */

import type { Clock } from '../../src/base/clock.js'
import { DEFAULT_HTTP_OPTIONS } from '../../src/config/plan.js'
import type { PastTime } from '../../src/engine/engine.js'
import { ControlBlock, ScenarioCell, ShardCell } from '../../src/engine/threads/control-block.js'
import { ControlCounters, iterationShare } from '../../src/engine/threads/shard-host.js'
import { SharedVuExchange } from '../../src/engine/threads/vu-exchange.js'
import { VuNumbers } from '../../src/engine/threads/vu-numbers.js'
import { VuPool } from '../../src/engine/threads/vu-pool.js'
import { executorFor } from '../../src/executor/create.js'
import type { DueIteration, ExecutorHost, LoadedVu, ShardCounters, VuExchange } from '../../src/executor/host.js'
import { ScenarioRun } from '../../src/executor/scenario-run.js'
import { Log } from '../../src/log/log.js'
import { declareBuiltins } from '../../src/metrics/builtin.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import type { CounterSink } from '../../src/metrics/sink.js'
import { TagInterner, type TagSet } from '../../src/metrics/tag-set.js'
import { requirementsOf } from '../../src/plan/requirements.js'
import { isOpenModel, type Scenario, ScenarioState } from '../../src/plan/scenario.js'
import { Share, splitShare } from '../../src/plan/share.js'
import type { ScenarioContext } from '../../src/vu/scenario-context.js'
import type { Scheduler, Turn } from '../../src/vu/scheduler.js'
import type { ShardServices } from '../../src/vu/shard-services.js'
import { type Alarm, TimerQueue } from '../../src/vu/timer-queue.js'
import { VirtualUser } from '../../src/vu/virtual-user.js'

/** One iteration that began. */
export interface Start {
  readonly scenario: string
  readonly shard: number
  readonly vu: number
  readonly at: number
  readonly inInstance: number
  readonly inTest: number
}

export interface FakeTestOptions {
  readonly scenarios: readonly Scenario[]
  readonly shards?: number
  /** What the instance runs of the whole test. */
  readonly instance?: Share
  /** How long an iteration takes; 0 ends at once. */
  readonly lasts?: (start: Start) => number
  readonly minIterationDuration?: number
  /** Scenarios have begun elsewhere. */
  readonly past?: PastTime
  /** Time to initialise one more VU. */
  readonly initializationTime?: number
}

/** Moment of the clock at which tests start: not 0, so that confusing moments and durations shows. */
const ORIGIN = 5000

export class FakeTest implements Clock {
  readonly starts: Start[] = []
  readonly logged: string[] = []
  readonly control: ControlBlock
  readonly shards: FakeHost[]
  readonly ended: number[] = []
  readonly turns: Turn[] = []
  readonly #messages: (() => void)[] = []
  readonly #options: FakeTestOptions
  #now = ORIGIN

  constructor(options: FakeTestOptions) {
    this.#options = options
    const count = options.shards ?? 1
    this.control = new ControlBlock(count, options.scenarios.length)
    this.shards = Array.from({ length: count }, (_, shard) => new FakeHost(this, options, shard))
    for (const host of this.shards) host.begin(() => this.ended.push(this.time))
  }

  now(): number {
    return this.#now
  }

  get time(): number {
    return this.#now - ORIGIN
  }

  get origin(): number {
    return ORIGIN
  }

  post(message: () => void): void {
    this.#messages.push(message)
  }

  /** Lets time pass until nothing is left to happen, or until a moment of the test. */
  run(until = Number.POSITIVE_INFINITY): this {
    for (;;) {
      this.#settle()
      const next = this.shards.reduce((first, host) => (host.alarm.due < first.alarm.due ? host : first))
      if (next.alarm.due === Number.POSITIVE_INFINITY || next.alarm.due > ORIGIN + until) break
      this.#now = Math.max(this.#now, next.alarm.due)
      next.alarm.ring()
    }
    if (until !== Number.POSITIVE_INFINITY) this.#now = ORIGIN + until
    return this
  }

  /** The machine is too busy to do anything for a while. */
  stall(duration: number): void {
    this.#now += duration
  }

  /** The thread of a shard dies, and another takes its place at once. Nothing may be under way: call it after `run`. */
  replace(shard: number): this {
    this.control.bury(shard)
    const host = new FakeHost(this, this.#options, shard, true)
    this.shards[shard] = host
    host.begin(() => this.ended.push(this.time))
    return this
  }

  /** VUs that count as active. */
  get active(): number {
    return this.control.sumShards(ShardCell.vusActive)
  }

  cell(field: keyof typeof ScenarioCell, scenario = 0): number {
    return this.control.sumScenario(scenario, ScenarioCell[field])
  }

  /** Sum of a counter over all shards. */
  total(metric: string): number {
    return this.shards.map((host) => host.total(metric)).reduce((a, b) => a + b, 0)
  }

  each(change: (run: ScenarioRun) => void): void {
    for (const host of this.shards) for (const run of host.runs.values()) change(run)
  }

  get vusOfStarts(): number[] {
    return [...new Set(this.starts.map(({ vu }) => vu))].sort((a, b) => a - b)
  }

  #settle(): void {
    for (;;) {
      const turn = this.turns.shift()
      if (turn !== undefined) {
        turn.isScheduled = false
        turn.takeTurn()
        continue
      }
      const message = this.#messages.shift()
      if (message === undefined) return
      message()
    }
  }
}

/** Rings exactly when it should. */
class FakeAlarm implements Alarm {
  readonly #clock: Clock
  due = Number.POSITIVE_INFINITY
  #ring = (): void => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  arm(delay: number, ring: () => void): void {
    this.due = this.#clock.now() + Math.max(0, delay)
    this.#ring = ring
  }

  disarm(): void {
    this.due = Number.POSITIVE_INFINITY
  }

  ring(): void {
    this.due = Number.POSITIVE_INFINITY
    this.#ring()
  }
}

export class FakeHost implements ExecutorHost {
  readonly services: ShardServices
  readonly shard: number
  readonly shards: number
  readonly counters: ShardCounters
  readonly exchange: VuExchange
  readonly minIterationDuration: number
  readonly isReplacement: boolean
  readonly alarm: FakeAlarm
  readonly runs = new Map<number, ScenarioRun>()
  readonly lags: number[] = []
  readonly starts = { started: (lag: number): void => void this.lags.push(lag) }
  readonly #test: FakeTest
  readonly #options: FakeTestOptions
  readonly #instance: Share
  readonly #pool = new VuPool()
  readonly #numbers: VuNumbers

  constructor(test: FakeTest, options: FakeTestOptions, shard: number, isReplacement = false) {
    this.#test = test
    this.isReplacement = isReplacement
    this.#options = options
    this.#instance = options.instance ?? Share.WHOLE
    this.shard = shard
    this.shards = options.shards ?? 1
    const planned = splitShare(this.#instance, this.shards).map(
      (share) => requirementsOf(options.scenarios, share).plannedVUs,
    )
    this.#numbers = new VuNumbers(planned, shard, () => test.control.addVu())
    this.alarm = new FakeAlarm(test)
    this.counters = new ControlCounters(test.control, shard)
    this.minIterationDuration = options.minIterationDuration ?? 0
    this.exchange = new SharedVuExchange(test.control, shard, {
      send: (to, iteration) => this.#handOver(to, iteration),
    })
    this.services = fakeServices(test, this.alarm, options.scenarios.some(isOpenModel), test.logged)
  }

  begin(done: () => void): void {
    const { scenarios } = this.#options
    const share = this.#instance.part(this.shard, this.shards)
    const { plannedVUs } = requirementsOf(scenarios, share)
    for (let i = 0; i < plannedVUs; i++) this.#pool.giveBack(this.#createVu())
    let open = 1
    const ended = (): void => {
      if (--open === 0) done()
    }
    scenarios.forEach((scenario, index) => {
      // As in engine/threads/shard-thread.ts.
      if (
        this.isReplacement &&
        this.#test.control.getScenario(this.shard, index, ScenarioCell.state) >= ScenarioState.done
      )
        return
      const create = executorFor(scenario, { instance: this.#instance, shard: share })
      if (create === null) {
        this.counters.setState(index, ScenarioState.done)
        this.counters.finish(index)
        this.exchange.join(index)
        this.exchange.finish(index)
        return
      }
      open++
      this.runs.set(index, new ScenarioRun(this, scenario, index, create, ended))
    })
    this.#test.post(() => {
      const { ago = 0, pauses = [] } = this.#options.past ?? {}
      for (const run of this.runs.values()) run.schedule(this.#test.origin - ago, pauses)
      ended()
    })
  }

  get idle(): number {
    return this.#pool.size
  }

  borrow(taken: (loaded: LoadedVu) => void): () => void {
    return this.#pool.borrow(taken)
  }

  giveBack(loaded: LoadedVu): void {
    this.#pool.giveBack(loaded)
  }

  initializeVu(done: (loaded: LoadedVu | undefined) => void): void {
    this.services.timers.add(this.#options.initializationTime ?? 0, () => done(this.#createVu()), undefined)
  }

  numberInTest(scenario: number, numberInInstance: number): number {
    return iterationShare(this.#options.scenarios[scenario] as Scenario, this.#instance).elementAt(numberInInstance)
  }

  scenarioTags(name: string, tags: Readonly<Record<string, string>>): TagSet {
    return this.services.runTags.withAll(tags).with('scenario', name)
  }

  total(metric: string): number {
    return (this.services.registry.sink(metric) as CounterSink).sum
  }

  #handOver(to: number, iteration: DueIteration): boolean {
    this.#test.post(() =>
      this.#test.shards[to]?.runs.get(iteration.scenario)?.accept(iteration.numberInInstance, iteration.due),
    )
    return true
  }

  #createVu(): LoadedVu {
    const idInInstance = this.#numbers.next()
    const vu = new VirtualUser(this.services, idInInstance, this.#instance.elementAt(idInInstance - 1) + 1)
    return {
      vu,
      exports: { default: () => this.#iterate(vu) },
      setEnvironment: () => {},
      enterIteration: () => {},
      setupData: () => undefined,
    }
  }

  #iterate(vu: VirtualUser): void {
    const { info, iterationInInstance, iterationInTest } = vu.scenario as ScenarioContext
    const start: Start = {
      scenario: info.name,
      shard: this.shard,
      vu: vu.idInInstance,
      at: this.#test.time,
      inInstance: iterationInInstance,
      inTest: iterationInTest,
    }
    this.#test.starts.push(start)
    const duration = this.#options.lasts?.(start) ?? 0
    if (duration === 0) return
    const token = vu.hold()
    this.services.timers.add(duration, () => vu.release(token), undefined)
  }
}

function fakeServices(test: FakeTest, alarm: Alarm, hasOpenModel: boolean, logged: string[]): ShardServices {
  const registry = new MetricRegistry()
  const services: Partial<ShardServices> = {
    clock: test,
    scheduler: new FakeScheduler(test.turns) as unknown as Scheduler,
    timers: new TimerQueue(test, alarm),
    registry,
    builtins: declareBuiltins(registry, { hasOpenModel }),
    recorder: null,
    settings: {
      systemTags: new Set(['scenario']),
      throw: false,
      userAgent: '',
      noCookiesReset: false,
      keepConnections: false,
      freezesEnv: false,
      http: DEFAULT_HTTP_OPTIONS,
    },
    runTags: new TagInterner().root,
    current: null,
    running: new Float64Array(2),
    isExecuting: false,
    log: new Log('info', ({ level, msg }) => void logged.push(`${level}: ${msg}`)),
    reportException: (_vu, error) => {
      throw error
    },
  }
  return services as ShardServices
}

/** Turns in order, when the test lets them. */
class FakeScheduler {
  readonly #turns: Turn[]

  constructor(turns: Turn[]) {
    this.#turns = turns
  }

  schedule(turn: Turn): void {
    if (turn.isScheduled) return
    turn.isScheduled = true
    this.#turns.push(turn)
  }
}
