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
  /** The shard has been ended; `wasDue` when its time was over anyway. */
  readonly onEnded: (shard: number, wasDue: boolean) => void
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
/** A shard that is still at work so long after all scenarios should be over is ended, though it beats. */
const OVERDUE = 10_000
/** This process itself had no time for so long: the silence of its threads says nothing. */
const OWN_STALL = 1000

export class Watchdog {
  /** Moment of the run's clock by which what runs now should be over. */
  deadline = Number.POSITIVE_INFINITY
  /** The function that runs outside of iterations, such as `setup`. */
  calling: string | null = null
  readonly #options: WatchdogOptions
  readonly #beats = new Map<number, { beat: number; since: number }>()
  readonly #warned = new Set<number>()
  /** When the last thread of a shard was ended: another begins then, and has its own time. */
  readonly #endedAt = new Map<number, number>()
  /** Shards that are being ended; an object stands for each attempt. */
  readonly #ending = new Map<number, object>()
  #timer: NodeJS.Timeout | undefined
  #lookedAt = 0

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
    if (now - this.#lookedAt > OWN_STALL) this.#beats.clear()
    this.#lookedAt = now
    for (const shard of this.#options.shards.alive) {
      if (this.#ending.has(shard)) continue
      const silence = this.#silence(shard, now)
      const isDue = this.#options.isStopping() || now > this.deadline
      // It beats, but cannot end: a script may have broken what the engine in its thread needs.
      const due = Math.max(this.deadline, this.#endedAt.get(shard) ?? 0)
      if (this.#options.isRunning() && now > due + OVERDUE) {
        this.#endOverdue(shard)
        continue
      }
      if (isDue && silence > STUCK_WHEN_DUE) void this.#end(shard, true)
      else if (this.#options.isRunning()) {
        if (silence > STUCK_WHEN_RUNNING) void this.#end(shard, false)
      } else if (silence > SILENCE_TOLD) this.#warn(shard, silence)
    }
  }

  /** Milliseconds since the shard's last sign of life. */
  #silence(shard: number, now: number): number {
    const beat = this.#options.control().getShard(shard, ShardCell.heartbeat)
    const last = this.#beats.get(shard)
    // A shard that has not begun to beat is still starting.
    if (beat === 0 || last === undefined || last.beat !== beat) {
      this.#beats.set(shard, { beat, since: now })
      this.#warned.delete(shard)
      return 0
    }
    return now - last.since
  }

  #warn(shard: number, silence: number): void {
    if (this.#warned.has(shard)) return
    this.#warned.add(shard)
    this.#options.log.warning(
      `${this.#culprit(shard)} has been running code that does not yield for ${Math.round(silence / 1000)} s; ` +
        `all other VUs of shard ${shard} wait for it`,
    )
  }

  /** Whose code it is. */
  #culprit(shard: number): string {
    const control = this.#options.control()
    const vu = control.getShard(shard, ShardCell.currentVu)
    if (control.getShard(shard, ShardCell.currentIteration) >= 0) return `VU ${vu}`
    return vu === 0 && this.calling !== null ? `${this.calling}()` : `the init code of VU ${vu}`
  }

  #endOverdue(shard: number): void {
    this.#ending.set(shard, {})
    const { log } = this.#options
    log.error(`shard ${shard} did not end when its scenarios were over, and was ended`, {
      hint: 'does the script change built-in objects, such as Map.prototype? All virtual users of a shard and sockeye itself share them',
    })
    void this.#kill(shard, false)
  }

  async #kill(shard: number, wasDue: boolean): Promise<void> {
    await this.#options.shards.kill(shard)
    this.forget(shard)
    this.#endedAt.set(shard, monotonicClock.now())
    this.#options.onEnded(shard, wasDue)
  }

  async #end(shard: number, wasDue: boolean): Promise<void> {
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
    await this.#kill(shard, wasDue)
  }
}
