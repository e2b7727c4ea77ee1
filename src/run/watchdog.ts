/**
 * Notices shards whose script never yields (`while (true) {}`), says which VU and line, and ends them when the test is over.
 *
 * A thread that runs such code answers no message, so everything here works from outside: the heartbeat in shared memory shows
 * that it hangs, the debugger's interface pauses it to learn where, lets it hand over what it has measured, and ends the
 * running call. A thread that does not come back even then is terminated.
 */
import type { Log } from '../log/log.js'
import { monotonicClock } from '../vu/clock.js'
import { type ControlBlock, Shard } from '../worker/control-block.js'
import { StuckShard } from '../worker/stuck-shard.js'
import type { RunShards } from './shards.js'

export interface WatchdogOptions {
  readonly control: ControlBlock
  readonly shards: RunShards
  readonly log: Log
  /** Moment of the run's clock at which all scenarios should be over, graceful stop included. */
  readonly deadline: number
  /** True once the test has been told to stop early. */
  readonly isStopping: () => boolean
  /** A shard had to be terminated; what it had not reported is lost. */
  readonly onKilled: () => void
}

const INTERVAL = 250
/** Without a heartbeat for this long a shard counts as stuck, if it should be ending. */
const STUCK_WHEN_ENDING = 1500
/** The user is told after this long while the test still runs. */
const STUCK_WHEN_RUNNING = 5000
/** A shard that was freed gets this long to beat again. */
const RECOVERY = 2000

export class Watchdog {
  readonly #options: WatchdogOptions
  readonly #beats = new Map<number, { beat: number; since: number }>()
  readonly #warned = new Set<number>()
  readonly #handled = new Map<number, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), INTERVAL)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = monotonicClock.now()
    for (const shard of this.#options.shards.alive) {
      const silence = this.#silence(shard, now)
      const isEnding = this.#options.isStopping() || now > this.#options.deadline
      if (isEnding && silence > STUCK_WHEN_ENDING) this.#free(shard, now)
      else if (silence > STUCK_WHEN_RUNNING) this.#warn(shard, silence)
    }
  }

  /** Milliseconds since the shard's last sign of life. */
  #silence(shard: number, now: number): number {
    const beat = this.#options.control.getShard(shard, Shard.heartbeat)
    const last = this.#beats.get(shard)
    if (last === undefined || last.beat !== beat) {
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
      `VU ${this.#vu(shard)} has been running code that does not yield for ${Math.round(silence / 1000)} s; ` +
        `all other VUs of shard ${shard} wait for it`,
    )
  }

  #vu(shard: number): number {
    return this.#options.control.getShard(shard, Shard.currentVu)
  }

  #free(shard: number, now: number): void {
    const since = this.#handled.get(shard)
    if (since === undefined) {
      this.#handled.set(shard, now)
      void this.#end(shard)
    } else if (now - since > RECOVERY + STUCK_WHEN_ENDING) {
      void this.#kill(shard)
    }
  }

  async #end(shard: number): Promise<void> {
    const vu = this.#vu(shard)
    const iteration = this.#options.control.getShard(shard, Shard.currentIteration)
    const place = await new StuckShard(shard).end().catch(() => undefined)
    const where = place === undefined ? '' : ` at ${place}`
    this.#options.log.error(
      `VU ${vu} did not yield${where} (iteration ${iteration}) and was ended; a loop that waits must await or sleep`,
    )
    this.#beats.delete(shard)
  }

  async #kill(shard: number): Promise<void> {
    this.#handled.set(shard, Number.POSITIVE_INFINITY)
    this.#options.log.error(
      `shard ${shard} did not come back and was terminated; what it measured after its last report is missing`,
    )
    this.#options.onKilled()
    await this.#options.shards.kill(shard)
  }
}
