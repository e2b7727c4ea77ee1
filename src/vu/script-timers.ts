/**
 * `setTimeout` and its kin of one VU: ids that count up per VU, timers that keep the iteration alive, warnings for those that an
 * ending iteration cuts off.
 *
 * Source  docs/spec/sockets.md §4.1, §4.6
 */

import { PAUSE, type Twin } from '../pausable/runtime/pause.js'
import { HostError } from './host-error.js'
import { callScript, inGroup } from './script-calls.js'
import type { Timer } from './timer-queue.js'
import type { HoldToken, VirtualUser } from './virtual-user.js'

type Callback = (...args: never[]) => unknown

interface ScriptTimer {
  readonly owner: ScriptTimers
  readonly id: number
  readonly kind: 'setTimeout' | 'setInterval'
  readonly callback: Callback
  readonly args: readonly unknown[]
  readonly delay: number
  readonly hold: HoldToken
  /** The group in which the script started it. */
  readonly group: string
  handle: Timer | null
}

export class ScriptTimers {
  readonly vu: VirtualUser
  /** The VU's global object: `this` of every callback. */
  readonly global: object
  readonly #timers = new Map<number, ScriptTimer>()
  #lastId = 0

  constructor(vu: VirtualUser, global: object) {
    this.vu = vu
    this.global = global
    vu.scriptTimers = this
  }

  start(kind: ScriptTimer['kind'], callback: unknown, delay: unknown, args: readonly unknown[]): number {
    const id = ++this.#lastId
    if (callback === undefined || callback === null) throw new HostError(`${kind}'s callback isn't a callable function`)
    if (typeof callback !== 'function') {
      throw new TypeError(`${kind}'s callback must be a function, got ${typeof callback}`)
    }
    // The run has failed: no timer of it will ring any more.
    if (this.vu.isFailing) return id
    const timer: ScriptTimer = {
      owner: this,
      id,
      kind,
      callback: callback as Callback,
      args,
      delay: toDelay(delay),
      hold: this.vu.hold(),
      group: this.vu.groupPath,
      handle: null,
    }
    this.#timers.set(id, timer)
    this.arm(timer)
    return id
  }

  /** Ends a timeout or an interval alike; unknown ids are ignored. */
  clear(id: unknown): void {
    const timer = this.#timers.get(Number(id))
    if (timer !== undefined) this.finish(timer)
  }

  /** The run failed or was interrupted: cancels everything, with k6's warning for each. */
  stopAll(): void {
    for (const timer of [...this.#timers.values()]) {
      this.finish(timer)
      this.vu.shard.log.warning(`${timer.kind} ${timer.id} was stopped because the VU iteration was interrupted`)
    }
  }

  arm(timer: ScriptTimer): void {
    timer.handle = this.vu.shard.timers.add(timer.delay, timerDue, timer)
  }

  isLive(timer: ScriptTimer): boolean {
    return this.#timers.get(timer.id) === timer
  }

  finish(timer: ScriptTimer): void {
    if (timer.handle !== null) this.vu.shard.timers.cancel(timer.handle)
    this.#timers.delete(timer.id)
    this.vu.release(timer.hold)
  }
}

function timerDue(timer: ScriptTimer): void {
  timer.handle = null
  timer.owner.vu.post(fire, timer, undefined)
}

function fire(timer: ScriptTimer): Twin | undefined {
  const { owner } = timer
  if (!owner.isLive(timer)) return undefined
  const isTimeout = timer.kind === 'setTimeout'
  if (isTimeout) owner.finish(timer)
  const { vu } = owner
  if (vu.groupPath === timer.group) return call(timer, isTimeout)
  return inGroup(vu, timer.group, () => call(timer, isTimeout))
}

function call(timer: ScriptTimer, isTimeout: boolean): Twin | undefined {
  if ((timer.callback as { [PAUSE]?: unknown })[PAUSE] !== undefined) return firePausable(timer, isTimeout)
  callScript(timer.callback, timer.owner.global, timer.args)
  if (!isTimeout) rearm(timer)
  return undefined
}

function* firePausable(timer: ScriptTimer, isTimeout: boolean): Twin {
  const twin = callScript(timer.callback, timer.owner.global, timer.args)
  if (twin !== undefined) yield* twin
  if (!isTimeout) rearm(timer)
  return undefined
}

/** An interval counts from the end of its callback, so ticks do not pile up. */
function rearm(timer: ScriptTimer): void {
  if (timer.owner.isLive(timer)) timer.owner.arm(timer)
}

function toDelay(value: unknown): number {
  const delay = Number(value)
  return delay > 0 ? delay : 0
}
