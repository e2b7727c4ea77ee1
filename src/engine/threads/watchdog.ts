/**
 * Finds shards whose script never yields (`while (true) {}`), logs the VU and the line, and ends them.
 *
 * A thread that runs such code reads no message. The heartbeat in shared memory shows that it hangs; the debugger finds the line and makes the
 * shard send its results; then the thread is terminated. The other VUs of the shard end with it. The engine decides what happens to the rest
 * of its work.
 */
import { monotonicClock } from '../../base/clock.js'
import type { Log } from '../../log/log.js'
import { type ControlBlock, ShardCell } from './control-block.js'
import type { RunShards } from './shards.js'

export interface WatchdogOptions {
  /** The control block of the run. */
  readonly control: () => ControlBlock
  readonly shards: RunShards
  readonly log: Log
  /** True once the test has been told to stop early. */
  readonly isStopping: () => boolean
  /** True while scenarios run: then a new thread can take the place of a shard. */
  readonly isRunning: () => boolean
  /** The shard has been ended. `hasLost` when some of its work was not done. */
  readonly onEnded: (shard: number, hasLost: boolean) => void
}

const INTERVAL = 250
/** A shard that should have ended is stuck when it had no heartbeat for this long. */
const STUCK_WHEN_DUE = 1500
/**
 * While scenarios run a shard without a heartbeat is ended after this long, so that a new thread can take its place. An iteration that
 * computes for longer without a pause cannot be told from an endless loop.
 */
const STUCK_WHEN_RUNNING = 7000
/** Before and after the scenarios, a warning is logged when a shard had no heartbeat for this long. */
const SILENCE_TOLD = 5000
/** A shard that has a heartbeat but has not ended this long after its deadline is ended. */
const OVERDUE = 10_000
/**
 * When the watchdog itself is this late, the machine is overloaded, and missing heartbeats mean little. The late check then counts as one
 * interval of silence, and not as none, because on such a machine every check may be late.
 */
const OWN_STALL = 1000
/** Calls that still run after the test was stopped. They have their own time limits. */
const LAST_CALLS: readonly (string | null)[] = ['teardown', 'handleSummary']

export class Watchdog {
  /** When what runs now should be over, on the run's clock. */
  deadline = Number.POSITIVE_INFINITY
  /** The last function that was called outside of iterations: `setup`. */
  calling: string | null = null
  readonly #options: WatchdogOptions
  /** The last heartbeat of each shard, and the ms of silence since. */
  readonly #beats = new Map<number, { readonly beat: number; silence: number }>()
  readonly #warned = new Set<number>()
  /** When the last thread of a shard was ended. The time limit of its replacement starts then. */
  readonly #endedAt = new Map<number, number>()
  /** Shards that are being ended, with an object that identifies the attempt. */
  readonly #ending = new Map<number, object>()
  #timer: NodeJS.Timeout | undefined
  #lookedAt = 0
  /** When the watchdog first saw that the test was told to stop. */
  #stoppedAt = Number.POSITIVE_INFINITY

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), INTERVAL)
  }

  stop(): void {
    clearInterval(this.#timer)
    // An attempt that is still running must not log anything.
    this.#ending.clear()
  }

  /** The shard has died. Its number may soon belong to a new thread. */
  forget(shard: number): void {
    this.#beats.delete(shard)
    this.#warned.delete(shard)
    this.#ending.delete(shard)
  }

  #look(): void {
    const now = monotonicClock.now()
    const passed = now - this.#lookedAt
    const watched = passed > OWN_STALL ? INTERVAL : passed
    this.#lookedAt = now
    const { shards, isRunning, isStopping } = this.#options
    const stops = isStopping() && !(!isRunning() && LAST_CALLS.includes(this.calling))
    if (stops) this.#stoppedAt = Math.min(this.#stoppedAt, now)
    const end = stops ? Math.min(this.deadline, this.#stoppedAt) : this.deadline
    for (const shard of shards.alive) {
      if (!this.#ending.has(shard)) this.#judge(shard, now, end, this.#silence(shard, watched))
    }
  }

  /** @param end  when everything should be over, on the run's clock */
  #judge(shard: number, now: number, end: number, silence: number): void {
    const isRunning = this.#options.isRunning()
    // The shard has a heartbeat but does not end: the script may have broken a built-in.
    if (now > Math.max(end, this.#endedAt.get(shard) ?? 0) + OVERDUE) return this.#endOverdue(shard)
    if (now > end && silence > STUCK_WHEN_DUE)
      void this.#end(shard, isRunning && this.#hasLost(shard, silence - (now - end)))
    else if (isRunning) {
      if (silence > STUCK_WHEN_RUNNING) void this.#end(shard, true)
    } else if (silence > SILENCE_TOLD) this.#warn(shard, silence)
  }

  /** True when other VUs of the shard had to wait before the deadline. A test that the user has stopped loses nothing by that. */
  #hasLost(shard: number, silenceBeforeEnd: number): boolean {
    if (this.#options.isStopping() || silenceBeforeEnd < STUCK_WHEN_DUE) return false
    return this.#options.control().getShard(shard, ShardCell.vusInitialized) > 1
  }

  /** Milliseconds since the last heartbeat of the shard, without the time in which the watchdog was late. */
  #silence(shard: number, watched: number): number {
    const beat = this.#options.control().getShard(shard, ShardCell.heartbeat)
    const last = this.#beats.get(shard)
    // A shard without its first heartbeat is still starting.
    if (beat === 0 || last === undefined || last.beat !== beat) {
      this.#beats.set(shard, { beat, silence: 0 })
      this.#warned.delete(shard)
      return 0
    }
    last.silence += watched
    return last.silence
  }

  #warn(shard: number, silence: number): void {
    if (this.#warned.has(shard)) return
    this.#warned.add(shard)
    this.#options.log.warning(
      `${this.#culprit(shard)} has been running code that does not yield for ${Math.round(silence / 1000)} s; ` +
        `all other VUs of shard ${shard} wait for it`,
    )
  }

  /** Names the code that blocks the shard: `VU 3`, `setup()` or `the init code of VU 2`. */
  #culprit(shard: number): string {
    const control = this.#options.control()
    const vu = control.getShard(shard, ShardCell.currentVu)
    if (control.getShard(shard, ShardCell.currentIteration) >= 0) return `VU ${vu}`
    return vu === 0 && this.calling !== null ? `${this.calling}()` : `the init code of VU ${vu}`
  }

  /** Ends a shard whose script has broken a built-in. */
  endBroken(shard: number, builtin: string): void {
    if (this.#ending.has(shard)) return
    this.#endAtOnce(shard, `the script has broken ${builtin}, which shard ${shard} needs, and the shard was ended`)
  }

  #endOverdue(shard: number): void {
    this.#endAtOnce(shard, `shard ${shard} did not end when its time was over, and was ended`)
  }

  #endAtOnce(shard: number, message: string): void {
    this.#ending.set(shard, {})
    this.#options.log.error(message, {
      hint: 'does the script change built-in objects, such as Map.prototype? All virtual users of a shard and sockeye itself share them',
    })
    void this.#kill(shard, true)
  }

  async #kill(shard: number, hasLost: boolean): Promise<void> {
    await this.#options.shards.kill(shard)
    this.forget(shard)
    this.#endedAt.set(shard, monotonicClock.now())
    this.#options.onEnded(shard, hasLost)
  }

  async #end(shard: number, hasLost: boolean): Promise<void> {
    const attempt = {}
    this.#ending.set(shard, attempt)
    const { log } = this.#options
    const control = this.#options.control()
    const culprit = this.#culprit(shard)
    const iteration = control.getShard(shard, ShardCell.currentIteration)
    const { rescueShard } = await import('./stuck-shard.js')
    const rescue = await rescueShard(shard)
    if (this.#ending.get(shard) !== attempt) return
    const where = rescue.place === undefined ? '' : ` at ${rescue.place}`
    const loss = rescue.isComplete ? '' : '; what its shard measured in the last second is missing from the results'
    const during = iteration < 0 ? '' : ` (iteration ${iteration})`
    log.warning(`${culprit} ran code that does not yield${where}${during}; its shard was ended${loss}`, {
      hint: 'a loop that waits for something must sleep, or await what takes time: a timer, a message',
    })
    await this.#kill(shard, hasLost || (this.#options.isRunning() && !rescue.isComplete))
  }
}
