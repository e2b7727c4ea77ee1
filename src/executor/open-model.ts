/**
 * The executors of the open model, `constant-arrival-rate` and `ramping-arrival-rate`: iterations start when the schedule says,
 * whatever the target does. Each takes an idle VU of this shard, or else of another one. Without any it is dropped, and one more
 * VU is initialised in the background, up to the maximum.
 *
 * A shard that is behind its schedule (it was busy, or iterations are due more often than timers ring) starts what is due one
 * after the other. The VUs it has just put to work get their turns before it looks elsewhere: had the iterations begun in time,
 * those VUs would be idle again after a short one. That patience ends with iterations that are a second late, and nothing begins
 * after the end of the regular duration, apart from the moment in which shards meet: what has not begun by then is dropped. So
 * every iteration of the schedule is either begun or dropped, also when the thread dies (see {@link ExecutorHost}).
 *
 * Hot path: `takeTurn` to `iterateDue` runs once per iteration.
 */

import { type Schedule, startedBy } from '../plan/schedule.js'
import type { Turn } from '../vu/scheduler.js'
import type { Timer } from '../vu/timer-queue.js'
import { IdleVus } from './idle-vus.js'
import type { Executor, ScenarioRun } from './scenario-run.js'
import type { ScenarioVu } from './scenario-vu.js'

/** What a shard does of an open-model scenario. */
export interface OpenModelPlan {
  /** The iterations of this shard. */
  readonly schedule: Schedule
  /** Number within the instance of this shard's iteration `n`. */
  readonly numberInInstance: (n: number) => number
  /** Iterations per second of this shard, `elapsed` ms after the scenario began. */
  readonly rateAt: (elapsed: number) => number
  readonly preAllocatedVUs: number
  readonly maxVUs: number
  /** `maxVUs` of this instance, for all its shards together. */
  readonly instanceMaxVUs: number
}

/** A short iteration that waits for nothing is over after this many turns of its VU. */
const TURNS_OF_PATIENCE = 3
/** Milliseconds; whoever is later than that is overloaded, and not only busy for a moment. */
const LATEST_PATIENT_START = 1000
/** Milliseconds within which all shards should have begun, or finished, the scenario, and how often to look. */
const MEETING_LIMIT = 100
const MEETING_INTERVAL = 1
/** Milliseconds between updates of the rate that progress shows. */
const RATE_INTERVAL = 200

export class ArrivalRate implements Executor, Turn {
  readonly countsBusyVus = true
  isScheduled = false
  readonly #run: ScenarioRun
  readonly #plan: OpenModelPlan
  readonly #idle = new IdleVus()
  #next = 0
  /** Moment of the clock at which iteration `#next` is due. */
  #due = Number.POSITIVE_INFINITY
  #allocated = 0
  /** Turns left in which VUs put to work just now may become idle again; 0 once they have had them. */
  #patience = 0
  #isInitializing = false
  #hasWarned = false
  #hasFinished = false
  #timer: Timer | null = null

  constructor(run: ScenarioRun, plan: OpenModelPlan) {
    this.#run = run
    this.#plan = plan
  }

  start(): void {
    const { preAllocatedVUs, schedule } = this.#plan
    for (let slot = 0; slot < preAllocatedVUs; slot++) this.#run.activate(slot, (vu) => this.#makeIdle(vu))
    this.#setAllocated(preAllocatedVUs)
    this.#run.host.exchange.join(this.#run.index)
    this.#next = this.#run.host.counters.decided(this.#run.index)
    this.#due = this.#run.startedAt + schedule.startOf(this.#next)
    if (this.#run.takesOver) this.#dropLost()
    this.#showRate()
    this.takeTurn()
  }

  isBehind(): boolean {
    this.takeTurn()
    if (this.#run.isStopping) return false
    // Its next turn may come late: VUs that are at work have theirs before.
    this.#run.at(this.#run.startedAt + this.#run.regularDuration + MEETING_LIMIT, () => this.#run.stop())
    return true
  }

  stop(): void {
    if (this.#timer !== null) this.#run.cancel(this.#timer)
    this.#run.drop(this.#pass(this.#run.hasReached(this.#run.regularDuration)))
    this.#due = Number.POSITIVE_INFINITY
    this.#leaveExchange()
  }

  iterationEnded(vu: ScenarioVu): void {
    if (this.#run.isStopping) this.#run.deactivate(vu)
    else this.#makeIdle(vu)
  }

  accept(numberInInstance: number, due: number): void {
    this.#run.host.exchange.arrived(this.#run.index)
    const vu = this.#idle.take()
    // After the end of the graceful stop the VU that was promised is at work elsewhere.
    if (vu === undefined || !this.#run.isAtWork(vu)) this.#run.drop(1)
    else this.#iterate(vu, numberInInstance, due)
  }

  /** Starts what is due. Called by the timer, and by the scheduler after VUs have had their turns. */
  takeTurn(): void {
    const now = this.#run.clock.now()
    if (this.#hasMissedEnd()) return this.#run.stop()
    while (this.#isDue(now)) if (!this.#startOrDrop(now)) return
    if (this.#run.isStopping) return
    if (this.#run.hasReached(this.#run.regularDuration)) this.#close(now)
    else if (this.#due !== Number.POSITIVE_INFINITY) this.#arm(this.#due)
  }

  /** False when it cannot be decided yet; another turn will come. */
  #startOrDrop(now: number): boolean {
    const number = this.#plan.numberInInstance(this.#next)
    if (this.#startHere(number)) {
      this.#patience = TURNS_OF_PATIENCE
      this.#setNext(this.#next + 1)
      return true
    }
    if (this.#patience > 0 && now - this.#due < LATEST_PATIENT_START) {
      this.#patience--
      this.#run.host.services.scheduler.schedule(this)
      return false
    }
    if (this.#startElsewhere(number)) {
      this.#setNext(this.#next + 1)
      return true
    }
    if (this.#isOpening()) {
      this.#arm(now + MEETING_INTERVAL)
      return false
    }
    this.#dropUntil(this.#patience > 0 ? now - LATEST_PATIENT_START : now)
    return true
  }

  #setNext(next: number): void {
    this.#next = next
    this.#due = this.#run.startedAt + this.#plan.schedule.startOf(next)
    this.#run.host.counters.setDecided(this.#run.index, next)
  }

  /** The shard was so busy that the time in which iterations may begin is over. */
  #hasMissedEnd(): boolean {
    const run = this.#run
    return this.#due !== Number.POSITIVE_INFINITY && run.hasReached(run.regularDuration + MEETING_LIMIT)
  }

  /** Passes over what is due by now, or over all that is left, and gives how many that are. */
  #pass(all: boolean): number {
    if (this.#due === Number.POSITIVE_INFINITY) return 0
    const { schedule } = this.#plan
    const next = all ? schedule.count : startedBy(schedule, this.#run.elapsed, this.#next)
    const passed = next - this.#next
    this.#setNext(next)
    return passed
  }

  /** What the thread before this one should have started while it was stuck, or after its death. */
  #dropLost(): void {
    const run = this.#run
    run.dropLost(this.#pass(run.hasReached(run.regularDuration)) + run.host.exchange.takeUndelivered(run.index))
  }

  #isDue(now: number): boolean {
    return this.#due <= now
  }

  #arm(due: number): void {
    if (this.#timer !== null) this.#run.cancel(this.#timer)
    this.#timer = this.#run.at(due, () => this.takeTurn())
  }

  #startHere(numberInInstance: number): boolean {
    if (!this.#run.host.exchange.claim(this.#run.index)) return false
    this.#iterate(this.#idle.take() as ScenarioVu, numberInInstance, this.#due)
    return true
  }

  #startElsewhere(numberInInstance: number): boolean {
    return this.#run.host.exchange.handOver({ scenario: this.#run.index, numberInInstance, due: this.#due })
  }

  #iterate(vu: ScenarioVu, numberInInstance: number, due: number): void {
    vu.isPromised = false
    vu.iterateDue(numberInInstance, this.#run.host.numberInTest(this.#run.index, numberInInstance), due)
  }

  /** The shards do not begin at the same instant; one that is late may have the VU. */
  #isOpening(): boolean {
    const run = this.#run
    return run.host.shards > 1 && !run.hasReached(MEETING_LIMIT) && !run.host.exchange.isOpen(run.index)
  }

  /** Nothing more is due here, but another shard may be late and in need of a VU. */
  #close(now: number): void {
    const run = this.#run
    const { exchange } = run.host
    if (!this.#hasFinished) exchange.finish(run.index)
    this.#hasFinished = true
    if (exchange.isFinished(run.index) || run.hasReached(run.regularDuration + MEETING_LIMIT)) run.stop()
    else this.#arm(now + MEETING_INTERVAL)
  }

  /**
   * No VU is idle, and none can become idle before this turn is over. So all iterations that are due until `moment` are dropped together.
   * They are counted, not walked through: with a rate that no machine can reach, millions are due in one turn.
   */
  #dropUntil(moment: number): void {
    const next = Math.max(this.#next + 1, startedBy(this.#plan.schedule, moment - this.#run.startedAt, this.#next))
    this.#run.drop(next - this.#next)
    this.#setNext(next)
    if (this.#allocated < this.#plan.maxVUs) this.#initializeVu()
    else if (!this.#isInitializing) this.#warnOnce()
  }

  #warnOnce(): void {
    if (this.#hasWarned) return
    const { host, index, plan } = this.#run
    const { instanceMaxVUs } = this.#plan
    if (host.counters.sumAllocatedVus(index) < instanceMaxVUs) return
    this.#hasWarned = true
    if (!host.counters.claimWarning(index)) return
    host.services.log.warning(`Insufficient VUs, reached ${instanceMaxVUs} active VUs and cannot initialize more`, {
      executor: plan.executor,
      scenario: plan.name,
    })
  }

  /** Initialises one more VU; the next one only when this one is ready. */
  #initializeVu(): void {
    if (this.#isInitializing) return
    this.#isInitializing = true
    this.#run.host.initializeVu((loaded) => {
      this.#isInitializing = false
      if (loaded === undefined) return
      if (this.#run.isStopping) {
        this.#run.host.giveBack(loaded)
        return
      }
      this.#makeIdle(this.#run.lend(loaded, this.#allocated))
      this.#setAllocated(this.#allocated + 1)
    })
  }

  #setAllocated(count: number): void {
    this.#allocated = count
    this.#run.host.counters.setAllocatedVus(this.#run.index, count)
  }

  #makeIdle(vu: ScenarioVu): void {
    this.#idle.push(vu)
    this.#run.host.exchange.offer(this.#run.index)
  }

  /** Idle VUs for which iterations are on their way stay; the run gives back the others. */
  #leaveExchange(): void {
    let unpromised = this.#run.host.exchange.withdraw(this.#run.index)
    while (unpromised-- > 0) this.#idle.take()
    for (let rest = this.#idle.size; rest > 0; rest--) {
      const vu = this.#idle.take() as ScenarioVu
      vu.isPromised = true
      this.#idle.push(vu)
    }
  }

  #showRate(): void {
    const run = this.#run
    if (run.isStopping) return
    run.host.counters.setLevel(run.index, this.#plan.rateAt(run.elapsed))
    run.after(RATE_INTERVAL, () => this.#showRate())
  }
}
