/**
 * Notices shards whose script never yields (`while (true) {}`), says which VU and line, and ends them when they are due.
 *
 * A thread that runs such code answers no message, so everything here works from outside: the heartbeat in shared memory shows
 * that it hangs, the debugger's interface learns where and lets it hand over what it has measured, and then the thread is
 * terminated. Its other VUs end with it; the operating system closes their sockets. The engine decides what becomes of its plan.
 */

import { monotonicClock } from '../../base/clock.js'
import type { Log } from '../../log/log.js'
import { type ControlBlock, ShardCell } from './control-block.js'
import type { RunShards } from './shards.js'

export interface WatchdogOptions {
  /** What the shards share at the moment. */
  readonly control: () => ControlBlock
  readonly shards: RunShards
  readonly log: Log
  /** True once the test has been told to stop early. */
  readonly isStopping: () => boolean
  /** Scenarios run: then another thread can take the place of a shard. */
  readonly isRunning: () => boolean
  /** The shard has been ended; `hasLost` when it would have had more to do, or could not do it. */
  readonly onEnded: (shard: number, hasLost: boolean) => void
}

const INTERVAL = 250
/** Without a heartbeat for this long a shard counts as stuck, if it should have ended. */
const STUCK_WHEN_DUE = 1500
/**
 * While scenarios run it is ended after this long, so that another thread can go on. An iteration may compute for shorter at one go; longer
 * can only be told from an endless loop by waiting.
 */
const STUCK_WHEN_RUNNING = 7000
/** At other times the user is told after this long. */
const SILENCE_TOLD = 5000
/** A shard that is still at work so long after its time is over is ended, though it beats. */
const OVERDUE = 10_000
/**
 * This process itself had no time for so long: the silence of its threads says little. It counts as one interval, because on a machine that
 * is overloaded every look may be late.
 */
const OWN_STALL = 1000
/** What runs after a test that was told to stop, and has a limit of its own. */
const LAST_CALLS: readonly (string | null)[] = ['teardown', 'handleSummary']

export class Watchdog {
  /** Moment of the run's clock by which what runs now should be over. */
  deadline = Number.POSITIVE_INFINITY
  /** The function that runs outside of iterations, such as `setup`. */
  calling: string | null = null
  readonly #options: WatchdogOptions
  /** The last sign of life of each shard, and for how many ms it has been watched since. */
  readonly #beats = new Map<number, { readonly beat: number; silence: number }>()
  readonly #warned = new Set<number>()
  /** When the last thread of a shard was ended: another begins then, and has its own time. */
  readonly #endedAt = new Map<number, number>()
  /** Shards that are being ended; an object stands for each attempt. */
  readonly #ending = new Map<number, object>()
  #timer: NodeJS.Timeout | undefined
  #lookedAt = 0
  /** When the test was first seen to have been told to stop. */
  #stoppedAt = Number.POSITIVE_INFINITY

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), INTERVAL)
  }

  stop(): void {
    clearInterval(this.#timer)
    // What is learned about a shard from here on is no news any more.
    this.#ending.clear()
  }

  /** The shard has died; whatever has its number from now on is another thread. */
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

  /** `end` is the moment by which everything should be over. */
  #judge(shard: number, now: number, end: number, silence: number): void {
    const isRunning = this.#options.isRunning()
    // It beats, but cannot end: a script may have broken what the engine in its thread needs.
    if (now > Math.max(end, this.#endedAt.get(shard) ?? 0) + OVERDUE) return this.#endOverdue(shard)
    if (now > end && silence > STUCK_WHEN_DUE)
      void this.#end(shard, isRunning && this.#hasLost(shard, silence - (now - end)))
    else if (isRunning) {
      if (silence > STUCK_WHEN_RUNNING) void this.#end(shard, true)
    } else if (silence > SILENCE_TOLD) this.#warn(shard, silence)
  }

  /** Whether other virtual users of a shard had to stand still while they had something to do. The user may stop a test at any time. */
  #hasLost(shard: number, silenceBeforeEnd: number): boolean {
    if (this.#options.isStopping() || silenceBeforeEnd < STUCK_WHEN_DUE) return false
    return this.#options.control().getShard(shard, ShardCell.vusInitialized) > 1
  }

  /** For how many ms the shard has been watched since its last sign of life. */
  #silence(shard: number, watched: number): number {
    const beat = this.#options.control().getShard(shard, ShardCell.heartbeat)
    const last = this.#beats.get(shard)
    // A shard that has not begun to beat is still starting.
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

  /** Names whose code blocks the shard: `VU 3`, `setup()` or `the init code of VU 2`. */
  #culprit(shard: number): string {
    const control = this.#options.control()
    const vu = control.getShard(shard, ShardCell.currentVu)
    if (control.getShard(shard, ShardCell.currentIteration) >= 0) return `VU ${vu}`
    return vu === 0 && this.calling !== null ? `${this.calling}()` : `the init code of VU ${vu}`
  }

  /** A script has broken what the shard needs. */
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
