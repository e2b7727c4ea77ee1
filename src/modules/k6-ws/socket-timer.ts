/**
 * `socket.setTimeout` and `socket.setInterval`: timers of a session. They have no ids and end with the session.
 *
 * Ticks of an interval of 100 ms come at 100, 200, 300 ms, also when a handler was late. While one tick waits for its turn, further ticks are left out.
 *
 * Source  docs/spec/sockets.md §2.6
 */
import type { Following } from '../../pausable/runtime/pause.js'
import type { Timer } from '../../vu/timer-queue.js'
import { type Callback, periodOf } from './arguments.js'
import { callAll } from './handlers.js'
import type { WsSession } from './session.js'

export interface SocketTimer {
  readonly kind: 'timer'
  readonly owner: SocketTimers
  readonly callbacks: readonly [Callback]
  readonly isInterval: boolean
  /** In ms. */
  readonly period: number
  due: number
  /** Null after the only tick of a timeout. */
  handle: Timer | null
  /** A tick is in the queue of the session. */
  isWaiting: boolean
}

export class SocketTimers {
  readonly #session: WsSession
  /** Null until there is a timer: most sessions have none. */
  #timers: Set<SocketTimer> | null = null

  constructor(session: WsSession) {
    this.#session = session
  }

  add(method: 'setTimeout' | 'setInterval', callback: unknown, ms: unknown): void {
    const period = periodOf(method, callback, ms)
    if (this.#session.isClosed) return
    const timer: SocketTimer = {
      kind: 'timer',
      owner: this,
      callbacks: [callback as Callback],
      isInterval: method === 'setInterval',
      period,
      due: this.#session.vu.shard.clock.now() + period,
      handle: null,
      isWaiting: false,
    }
    this.#timers ??= new Set()
    this.#timers.add(timer)
    this.#arm(timer)
  }

  /** Called by the timers of the shard when the timer is due. */
  ring(timer: SocketTimer): void {
    timer.handle = null
    if (timer.isInterval) {
      const late = this.#session.vu.shard.clock.now() - timer.due
      timer.due += (Math.floor(late / timer.period) + 1) * timer.period
      this.#arm(timer)
    }
    if (timer.isWaiting) return
    timer.isWaiting = true
    this.#session.timerDue(timer)
  }

  /** Calls the callback: the tick was taken from the queue. */
  take(timer: SocketTimer): Following | undefined {
    timer.isWaiting = false
    if (!timer.isInterval) this.#timers?.delete(timer)
    return callAll(timer.callbacks)
  }

  /** Cancels all timers. */
  stop(): void {
    if (this.#timers === null) return
    for (const { handle } of this.#timers) if (handle !== null) this.#session.vu.shard.timers.cancel(handle)
    this.#timers = null
  }

  #arm(timer: SocketTimer): void {
    timer.handle = this.#session.vu.shard.timers.at(timer.due, ring, timer)
  }
}

function ring(timer: SocketTimer): void {
  timer.owner.ring(timer)
}
