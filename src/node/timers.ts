/**
 * `node:timers` in a virtual user: timers as objects, with `ref`, `unref` and `refresh`, that fire as tasks of the VU. They are timers of
 * the shard, so they keep their order with those of the script and with `sleep`.
 *
 * An iteration waits for its timers unless they are unreferenced; those that are left when it ends are cancelled.
 */
import { promisify } from 'node:util'
import { formatDuration } from '../base/duration.js'
import type { Traffic } from '../net/connection.js'
import type { Twin } from '../pausable/runtime/pause.js'
import { Lease, type Leased, type Revocation } from '../vu/lease.js'
import { callScript } from '../vu/script-calls.js'
import type { Timer } from '../vu/timer-queue.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import { type Context, contextOfNow, twinInContext } from './async-context.js'
import { currentVu, isOffline } from './current.js'
import { callingPackage } from './refusal.js'

type Callback = (...args: never[]) => unknown

/** As in Node: longer ones fire at once. */
const LONGEST = 2 ** 31 - 1

const NO_TRAFFIC: Traffic = { sent: 0, received: 0 }

let lastId = 0
/** Libraries may keep the number of a timer instead of the timer. */
const byId = new Map<number, Timeout>()

/** `context` is that of the call that armed the timer. */
function callIn(
  context: Context | null,
  callback: Callback,
  self: unknown,
  args: readonly unknown[],
): Twin | undefined {
  if (context === null) return callScript(callback, self, args)
  const twin = context.runInAsyncScope(callScript, null, callback, self, args)
  return twin === undefined ? undefined : twinInContext(context, twin)
}

/** A timer armed by a timer, and so on: from here on it is worth knowing where. */
const LONG_CHAIN = 16
/** Milliseconds: as long as this a timer is worth knowing where it was set. */
const LONG_DELAY = 60_000

/** The timer that fired last, with its place in such a chain; what its callback leads to comes before the next one fires. */
let lastFired: Timeout | null = null

/** Places in scripts whose endless interval was reported; each is reported once per thread. */
const toldEndless = new Set<string>()

/** `, called by the package x, at file:line:column` */
function placeIn(stack: string): string {
  const name = callingPackage(stack)
  const place = /^\s+at (?:.*\()?(.+?:\d+:\d+)\)?$/m.exec(stack)?.[1]
  return (name === undefined ? '' : `, called by the package ${name},`) + (place === undefined ? '' : ` at ${place}`)
}

class Timeout implements Leased {
  readonly #vu: VirtualUser
  readonly #callback: Callback
  readonly #args: readonly unknown[]
  readonly #delay: number
  readonly #repeats: boolean
  readonly #context = contextOfNow()
  /** How many timers, each armed by the one before, led to this one. */
  readonly #chain: number
  /** Where it was set, for those that may hold an iteration for ever. */
  readonly #origin: Error | null
  #timer: Timer | null = null
  #lease: Lease | null = null
  #isReferenced = true
  #isDestroyed = false
  #id = 0

  constructor(callback: Callback, delay: unknown, args: readonly unknown[], repeats: boolean) {
    if (typeof callback !== 'function') throw invalidCallback(callback)
    this.#vu = currentVu()
    this.#callback = callback
    this.#args = args
    const ms = Number(delay)
    this.#delay = ms >= 1 && ms <= LONGEST ? Math.trunc(ms) : 1
    this.#repeats = repeats
    this.#chain = lastFired !== null && lastFired.#vu === this.#vu ? lastFired.#chain + 1 : 0
    this.#origin = repeats || this.#chain >= LONG_CHAIN || this.#delay >= LONG_DELAY ? new Error() : null
    // Whatever starts while a failed run winds down would be cancelled anyway.
    if (this.#vu.isFailing) this.#isDestroyed = true
    else this.#arm()
  }

  #arm(): void {
    const vu = this.#vu
    this.#timer = vu.shard.timers.add(this.#delay, timeoutDue, this)
    if (this.#lease !== null) return
    this.#lease = new Lease(vu, this, vu.shard.settings.keepConnections ? 'vu' : 'work')
    if (!this.#isReferenced || isOffline(vu)) this.#lease.release()
  }

  due(): void {
    this.#timer = null
    this.#lease?.post(fireTimeout, this, undefined)
  }

  fire(): Twin | undefined {
    if (this.#isDestroyed || this.#timer !== null) return undefined
    lastFired = this
    if (this.#repeats) this.#arm()
    else this.#disarm()
    return callIn(this.#context, this.#callback, this, this.#args)
  }

  #disarm(): void {
    if (this.#timer !== null) this.#vu.shard.timers.cancel(this.#timer)
    this.#timer = null
    this.#lease?.end()
    this.#lease = null
  }

  /** The iteration is over or has failed. */
  revoked(reason: Revocation): void {
    if (reason === 'interrupted' && this.#origin !== null) this.#tellEndless(this.#origin)
    this.close()
  }

  /** The iteration could have ended if it were not for timers. */
  #tellEndless({ stack }: Error): void {
    const open = this.#vu.leftOpen
    if (open === null || ![...open].every(({ leased }) => leased instanceof Timeout)) return
    const place = placeIn(stack ?? '')
    if (toldEndless.has(place)) return
    toldEndless.add(place)
    this.#vu.shard.log.warning(
      `${this.#whatHeld(place)} held an iteration until it was interrupted: end it with ${this.#repeats ? 'clearInterval()' : 'clearTimeout()'}, or unref() it`,
    )
  }

  #whatHeld(place: string): string {
    if (this.#repeats) return `setInterval()${place}`
    if (this.#chain >= LONG_CHAIN) return `setTimeout()${place}, set again and again by its own callback,`
    return `setTimeout()${place} of ${formatDuration(this.#delay)}`
  }

  takeTraffic(): Traffic {
    return NO_TRAFFIC
  }

  close(): this {
    this.#isDestroyed = true
    byId.delete(this.#id)
    this.#disarm()
    return this
  }

  ref(): this {
    if (!this.#isReferenced && this.#lease?.term === 'work') this.#lease.hold()
    this.#isReferenced = true
    return this
  }

  unref(): this {
    if (this.#isReferenced) this.#lease?.release()
    this.#isReferenced = false
    return this
  }

  hasRef(): boolean {
    return this.#isReferenced
  }

  /** Starts the timer anew, also after it has fired. */
  refresh(): this {
    if (this.#isDestroyed) return this
    if (this.#timer !== null) this.#vu.shard.timers.cancel(this.#timer)
    this.#arm()
    return this
  }

  [Symbol.toPrimitive](): number {
    if (this.#id === 0) {
      this.#id = ++lastId
      byId.set(this.#id, this)
    }
    return this.#id
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function timeoutDue(timeout: Timeout): void {
  timeout.due()
}

function fireTimeout(timeout: Timeout): Twin | undefined {
  return timeout.fire()
}

class Immediate {
  #callback: Callback | null
  readonly #args: readonly unknown[]
  readonly #context = contextOfNow()

  constructor(callback: Callback, args: readonly unknown[]) {
    if (typeof callback !== 'function') throw invalidCallback(callback)
    this.#callback = callback
    this.#args = args
    currentVu().post(fireImmediate, this, undefined)
  }

  fire(): Twin | undefined {
    const callback = this.#callback
    this.#callback = null
    return callback === null ? undefined : callIn(this.#context, callback, this, this.#args)
  }

  close(): void {
    this.#callback = null
  }

  /** The task is in the VU's queue: the iteration waits for it in any case. */
  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function fireImmediate(immediate: Immediate): Twin | undefined {
  return immediate.fire()
}

/** What Node throws for a callback that is no function. */
export function invalidCallback(value: unknown): TypeError {
  const error = new TypeError(`The "callback" argument must be of type function. Received ${typeof value}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}

function setTimeout(callback: Callback, delay?: unknown, ...args: unknown[]): Timeout {
  return new Timeout(callback, delay, args, false)
}

function setInterval(callback: Callback, delay?: unknown, ...args: unknown[]): Timeout {
  return new Timeout(callback, delay, args, true)
}

function setImmediate(callback: Callback, ...args: unknown[]): Immediate {
  return new Immediate(callback, args)
}

function clear(timer: unknown): void {
  if (timer instanceof Timeout || timer instanceof Immediate) timer.close()
  else if (typeof timer === 'number' || typeof timer === 'string') byId.get(Number(timer))?.close()
}

interface WaitOptions {
  readonly signal?: AbortSignal
  readonly ref?: boolean
}

function wait<T>(delay?: number, value?: T, options: WaitOptions = {}): Promise<T> {
  return abortable(options, (resolve) => {
    const timer = setTimeout(() => resolve(value as T), delay)
    if (options.ref === false) timer.unref()
    return timer
  })
}

function immediately<T>(value?: T, options: WaitOptions = {}): Promise<T> {
  return abortable(options, (resolve) => setImmediate(() => resolve(value as T)))
}

function abortable<T>(
  { signal }: WaitOptions,
  start: (resolve: (value: T) => void) => { close(): unknown },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      const error = new Error('The operation was aborted', { cause: signal?.reason })
      reject(Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' }))
    }
    if (signal?.aborted) return fail()
    const onAbort = (): void => {
      timer.close()
      fail()
    }
    const timer = start((value) => {
      signal?.removeEventListener('abort', onAbort)
      resolve(value)
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

async function* ticks<T>(delay?: number, value?: T, options: WaitOptions = {}): AsyncGenerator<T> {
  for (;;) yield await wait(delay, value as T, options)
}

Object.defineProperty(setTimeout, promisify.custom, { value: wait, enumerable: true })
Object.defineProperty(setImmediate, promisify.custom, { value: immediately, enumerable: true })

export const timersPromises: object = {
  setTimeout: wait,
  setImmediate: immediately,
  setInterval: ticks,
  scheduler: {
    wait: (delay: number, options?: WaitOptions) => wait(delay, undefined, options),
    yield: () => immediately(),
  },
}

export const timersModule = {
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout: clear,
  clearInterval: clear,
  clearImmediate: clear,
  promises: timersPromises,
}
