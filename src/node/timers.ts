/**
 * `node:timers` in a virtual user: timers are objects with `ref`, `unref` and `refresh`, and fire as tasks of the VU. They are timers of the shard, so
 * their order with other timers and with `sleep` is right.
 *
 * An iteration waits for its timers, except for those with unref(). Timers that are left when it ends are cancelled.
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

/** The longest delay in ms. As in Node a longer one counts as 1 ms. */
const LONGEST = 2 ** 31 - 1

const NO_TRAFFIC: Traffic = { sent: 0, received: 0 }

let lastId = 0
/** Timers of which a library has taken the number, which it may give to clearTimeout. */
const byId = new Map<number, Timeout>()

/** Calls back in the async context of the call that made the timer. */
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

/** When a timer was set by the callback of a timer, and so on so many times, it is remembered where: it may never end. */
const LONG_CHAIN = 16
/** For a delay from so many ms it is remembered where the timer was set. */
const LONG_DELAY = 60_000

/** The timer that fired last. A timer that is set before the next one fires was set by its callback, or by what follows from it. */
let lastFired: Timeout | null = null

/** Places in scripts that a warning has named already, in this thread. */
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
  /** How many timers led to this one, each set by the callback of the one before. */
  readonly #chain: number
  /** Has the place where it was set, for timers that may hold an iteration for ever; null for others. */
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
    // When the run has failed and is ending, a new timer would be cancelled at once.
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

  /** Logs a warning when nothing but timers has kept the iteration from its end. */
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

  /** Starts the time again, also after the timer has fired. */
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

  /** ref() and unref() change nothing: the iteration waits for the task in the VU's queue. */
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
