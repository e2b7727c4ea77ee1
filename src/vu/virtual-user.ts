/**
 * One virtual user: its event loop, the lifetime of what it runs, and its pauses.
 *
 * Everything that calls into the script is a task of the VU: one at a time, in order, each followed by all its promise
 * reactions (see {@link Scheduler}). A run (one call of an exported function, or of the init code) ends when the function has
 * returned, no task is queued, nothing holds it open and all promise reactions are done.
 *
 * States
 *   idle     ── begin() ──► running
 *   running  ── a task returned a twin that yielded a Pause ──► paused      (the queue waits)
 *   paused   ── the pause resumed ──► running
 *   running  ── nothing queued, nothing held ──► idle, outcome completed, failed or unsettled
 *   any      ── interrupt() ──► idle, outcome interrupted                    (no more of its JavaScript runs)
 *
 * A failed run winds down: queued and outstanding callbacks still run, their errors are ignored, timers are cancelled,
 * leases (of sockets) are revoked.
 */

import { next, PAUSE, type Pause, type Step, type Twin } from '../pausable/runtime/pause.js'
import {
  createScriptRuntime,
  type Resumable,
  type ScriptHost,
  type ScriptRuntime,
} from '../pausable/runtime/script-runtime.js'
import { type Lease, Leases } from './lease.js'
import type { Turn } from './scheduler.js'
import type { ScriptFunction } from './script-calls.js'
import type { ScriptTimers } from './script-timers.js'
import type { ShardServices } from './shard-services.js'
import { TaggedVu } from './tagged-vu.js'

/** A call into the script. May return a twin, which the VU then drives: while it is paused, later tasks wait. */
export type Task<A, B> = (a: A, b: B) => Twin | undefined | void

/** `unsettled`: nothing is left to do, and the promise that the function gave is still pending. */
export type Outcome = 'completed' | 'failed' | 'unsettled' | 'interrupted'

export type Phase = 'init' | 'setup' | 'iteration' | 'teardown' | 'summary'

/** The object that began a run. It is told of its end. */
export interface RunOwner {
  runEnded(vu: VirtualUser, outcome: Outcome): void
}

type DeferredFailures = Map<object, { readonly error: unknown; readonly isRejection: boolean }>

/** The number of the run that a hold belongs to: a release that comes too late must not release a later run. */
export type HoldToken = number

type AnyTask = Task<unknown, unknown>

/** The original `then`: a script may replace the property. */
const promiseThen = Promise.prototype.then

export class VirtualUser extends TaggedVu implements Turn, ScriptHost {
  /** What the compiled script calls: it makes both forms of functions, and keeps what must wait while the VU is paused. */
  readonly runtime: ScriptRuntime
  phase: Phase = 'init'
  /** Source address of its connections; undefined lets the system choose. */
  readonly localAddress: string | undefined
  /** Its script has aborted the test in the present run. */
  hasAborted = false
  /** Wire bytes since the last `data_sent`/`data_received` samples. */
  bytesSent = 0
  bytesReceived = 0
  /** The timers of the script; created when first used. */
  scriptTimers: ScriptTimers | null = null
  isScheduled = false

  #queue: unknown[] = []
  #head = 0
  #run = 0
  #isActive = false
  #isStarting = false
  #isInTurn = false
  #outcome: Outcome = 'completed'
  /** The function of the run has given a promise that is pending. */
  #isPending = false
  /**
   * Called when that promise is settled. Many runs use the same function. A run whose promise is still pending at its end makes the next run
   * use a new one, so that the old promise cannot settle the new run.
   */
  #promiseSettled: (() => void) | null = null
  /** The generator of the function that the run calls; null when that cannot pause. */
  #mainTwin: Twin | null = null
  #function: ScriptFunction | null = null
  #arguments: readonly unknown[] = []
  #owner: RunOwner | null = null
  #held = 0
  readonly #leases = new Leases()
  /** The generator whose pause holds the queue; null when an async function's pause does, or none. */
  #twin: Twin | null = null
  #isPaused = false
  /** An async function that has paused after its first `await`, or an async generator: it resumes itself. */
  #coroutine: Resumable | null = null
  #waitingPauses: WaitingPause[] = []
  #isResuming = false
  #resumeValue: unknown = undefined
  #resumeIsError = false
  /**
   * Errors that came during a pause, by the promise that was rejected. After the pause each fails the run, unless the script has handled its
   * promise meanwhile.
   */
  #deferredFailures: DeferredFailures | null = null

  constructor(shard: ShardServices, idInInstance: number, idInTest: number, localAddress?: string) {
    super(shard, idInInstance, idInTest)
    this.localAddress = localAddress
    this.runtime = createScriptRuntime(this, shard.runtimeOptions)
  }

  /** True from `begin` until the owner has been told of the end. */
  get isActive(): boolean {
    return this.#isActive
  }

  /** True when the present run has already failed and winds down. */
  get isFailing(): boolean {
    return this.#outcome === 'failed'
  }

  /** Starts a run. The VU must be idle. */
  begin(fn: (...args: never[]) => unknown, args: readonly unknown[], owner: RunOwner): void {
    if (this.#isActive) throw new Error('this virtual user is already running')
    this.#run++
    this.#isActive = true
    this.#isStarting = true
    this.#outcome = 'completed'
    this.#function = fn as ScriptFunction
    this.#arguments = args
    this.#owner = owner
    this.#held = 0
    if (!this.#isInTurn) this.shard.scheduler.schedule(this)
  }

  /** Keeps the present run open until released. */
  hold(): HoldToken {
    this.#held++
    return this.#run
  }

  release(token: HoldToken): void {
    if (token !== this.#run || !this.#isActive) return
    this.#held--
    if (this.#held === 0) this.#scheduleIfNeeded()
  }

  /** Queues a task; it never runs inside the caller. Dropped when nothing runs. */
  post<A, B>(task: Task<A, B>, a: A, b: B): void {
    if (!this.#isActive) return
    this.#queue.push(task, a, b)
    if (!this.#isPaused) this.shard.scheduler.schedule(this)
  }

  /**
   * As `post`, but runs the task at once when the VU is free. Hot path; only for callers that were themselves called by
   * Node with nothing of a VU on the stack (socket data), one VU per callback.
   */
  dispatch<A, B>(task: Task<A, B>, a: A, b: B): void {
    if (
      this.#isPaused ||
      this.#isStarting ||
      !this.#isActive ||
      this.shard.isExecuting ||
      this.#head < this.#queue.length
    ) {
      this.post(task, a, b)
      return
    }
    this.#runTask(task as AnyTask, a, b)
    this.#scheduleIfNeeded()
  }

  /** As `post`, but between runs the task waits for the next one. */
  postForLater<A, B>(task: Task<A, B>, a: A, b: B): void {
    if (this.#isActive) this.post(task, a, b)
    else this.#queue.push(task, a, b)
  }

  /** Called by a lease that begins; gives the run it belongs to. */
  grant(lease: Lease): HoldToken {
    this.#leases.add(lease)
    return this.#run
  }

  /** Called by a lease that is over. */
  ungrant(lease: Lease): void {
    this.#leases.remove(lease)
    if (lease.term === 'vu') this.#scheduleIfNeeded()
  }

  /** The VU will run nothing any more: connections that it kept between runs are closed. */
  retire(): void {
    this.#leases.retire()
  }

  /** Ends the present run with an exception of the script. Only the first one of a run counts. */
  fail(error: unknown, isRejection = false): void {
    if (!this.#isActive || this.#outcome !== 'completed') return
    this.#outcome = 'failed'
    this.shard.reportException(this, error, isRejection)
    this.#closeEverything('failed')
    this.#scheduleIfNeeded()
  }

  get isExecuting(): boolean {
    return this.shard.isExecuting
  }

  /**
   * A promise of this VU was rejected, and nobody handled it in the same turn. During a pause the run does not fail yet: for the script a pause
   * is one blocking call, and the code after that call may still handle the promise.
   */
  rejectionUnhandled(reason: unknown, promise: object): void {
    this.#failAfterPause(promise, reason, true)
  }

  rejectionHandled(promise: object): void {
    this.#deferredFailures?.delete(promise)
  }

  /** Node called a callback of this VU, and it threw: a listener of an EventTarget, for example. */
  exceptionUncaught(error: unknown): void {
    this.#failAfterPause({}, error, false)
  }

  #failAfterPause(key: object, error: unknown, isRejection: boolean): void {
    if (!this.#isPaused) {
      this.fail(error, isRejection)
      return
    }
    this.#deferredFailures ??= new Map()
    this.#deferredFailures.set(key, { error, isRejection })
  }

  /** Called one turn after the pause ended: by then `rejectionHandled` has come for each promise that the script handled. */
  #judgeFailures(failures: DeferredFailures): void {
    this.#deferredFailures = null
    for (const { error, isRejection } of failures.values()) this.fail(error, isRejection)
  }

  /** Ends the present run at once: no JavaScript of the VU runs any more for it. Does nothing when the VU is idle. */
  interrupt(): void {
    if (!this.#isActive) return
    this.#outcome = 'interrupted'
    this.#closeEverything('interrupted')
    this.#end()
  }

  /**
   * Pauses the VU for a coroutine that has already awaited. No queued task runs until the pause is over. When the VU is already paused, this
   * pause starts after that one, as two blocking calls of one thread would.
   */
  enterPause(pause: Pause, target: Resumable): void {
    if (!this.#isActive) return
    if (this.#isPaused) this.#waitingPauses.push({ pause, twin: null, target })
    else this.#pauseCoroutine(target, pause)
  }

  takeTurn(): void {
    if (!this.#isActive) return
    this.#isInTurn = true
    this.#takeOneStep()
    // When a run ended, its owner may have begun the next one. No microtask of the old run is left, so the next one can start in this turn.
    if (this.#isStarting) this.#takeOneStep()
    this.#isInTurn = false
    this.#scheduleIfNeeded()
  }

  #takeOneStep(): void {
    if (this.#isStarting) {
      this.#isStarting = false
      this.#runTask(startFunction, this, null)
    } else if (this.#isResuming) {
      this.#resume()
    } else if (this.#isPaused) {
      return
    } else if (this.#deferredFailures !== null) {
      this.#judgeFailures(this.#deferredFailures)
    } else if (this.#head < this.#queue.length) {
      this.#runNextTask()
    } else if (!this.#isHeld) {
      this.#end()
    }
  }

  #scheduleIfNeeded(): void {
    if (!this.#isActive || this.#isInTurn) return
    if (this.#isPaused) {
      if (this.#isResuming) this.shard.scheduler.schedule(this)
      return
    }
    const hasFailed = this.#deferredFailures !== null
    const hasTasks = this.#isStarting || hasFailed || this.#head < this.#queue.length
    if (hasTasks || !this.#isHeld) this.shard.scheduler.schedule(this)
  }

  #runNextTask(): void {
    const queue = this.#queue
    const head = this.#head
    const task = queue[head] as AnyTask
    const a = queue[head + 1]
    const b = queue[head + 2]
    this.#head = head + 3
    if (this.#head === queue.length) {
      queue.length = 0
      this.#head = 0
    } else if (this.#head > 3000 && this.#head * 2 > queue.length) {
      this.#queue = queue.slice(this.#head)
      this.#head = 0
    }
    this.#runTask(task, a, b)
  }

  #runTask(task: AnyTask, a: unknown, b: unknown): void {
    const shard = this.shard
    this.#enter()
    let twin: Twin | undefined | void
    try {
      twin = task(a, b)
    } catch (error) {
      shard.isExecuting = false
      this.fail(error)
      return
    }
    shard.isExecuting = false
    if (twin !== undefined) this.#step(twin, undefined, false)
  }

  /** Runs a twin up to its next pause or its end. */
  #step(twin: Twin, value: unknown, isError: boolean): void {
    const shard = this.shard
    const run = this.#run
    this.#twin = null
    this.#enter()
    let result: Step
    try {
      result = isError ? twin.throw(value) : next(twin, value)
    } catch (error) {
      shard.isExecuting = false
      this.fail(error)
      return
    }
    shard.isExecuting = false
    if (run !== this.#run || !this.#isActive) return
    if (result.done) {
      if (twin === this.#mainTwin) this.#watch(result.value)
      return
    }
    this.runtime.hold()
    // An async generator that the twin has called may have paused the VU already.
    if (this.#isPaused) this.#waitingPauses.push({ pause: result.value, twin, target: null })
    else this.#pauseTwin(twin, result.value)
  }

  #pauseTwin(twin: Twin, pause: Pause): void {
    this.#twin = twin
    this.#startPause(pause)
  }

  /** Calls the function that the run is about. */
  callFunction(): Twin | undefined {
    const callee = this.#function as ScriptFunction
    const twin = callee[PAUSE]
    if (twin === undefined) {
      const result = Reflect.apply(callee, undefined, this.#arguments)
      if (result !== undefined) this.#watch(result)
      return undefined
    }
    this.#mainTwin = twin.apply(undefined, this.#arguments as unknown[])
    return this.#mainTwin
  }

  /**
   * Whether the run must wait. A connection that is kept between runs does not hold a run open by itself. But while the function's promise is
   * pending, such a connection may still settle it, so the run waits for that promise.
   */
  get #isHeld(): boolean {
    if (this.#held > 0) return true
    return this.#leases.keepsSome && this.#isPending && this.shard.settings.keepConnections
  }

  /** The leases that the function of the run left open; null while the function still runs. */
  get leftOpen(): ReadonlySet<Lease> | null {
    return this.#isPending || this.#isPaused || this.#isStarting ? null : this.#leases.ofRun
  }

  /** Notes the promise that the function gave: when it is still pending at the end of the run, the outcome is `unsettled`. */
  #watch(result: unknown): void {
    if (!(result instanceof Promise)) return
    this.#isPending = true
    this.#promiseSettled ??= this.#createPromiseSettled()
    void promiseThen.call(result, this.#promiseSettled)
  }

  #createPromiseSettled(): () => void {
    const settled = (): void => {
      if (this.#promiseSettled !== settled) return
      this.#isPending = false
      if (this.shard.settings.keepConnections) this.#scheduleIfNeeded()
    }
    return settled
  }

  #startPause(pause: Pause): void {
    const run = this.#run
    this.#isPaused = true
    pause.start(
      (value, isImmediate) => this.#settle(run, value, false, isImmediate === true),
      (error) => this.#settle(run, error, true, false),
    )
  }

  /** A pause is over. Ignored when the run that began it has ended meanwhile. */
  #settle(run: number, value: unknown, isError: boolean, isImmediate: boolean): void {
    if (run !== this.#run || !this.#isActive || !this.#isPaused || this.#isResuming) return
    this.#isResuming = true
    this.#resumeValue = value
    this.#resumeIsError = isError
    if (isImmediate && !this.shard.isExecuting && !this.#isInTurn) this.takeTurn()
    else this.shard.scheduler.schedule(this)
  }

  #pauseCoroutine(coroutine: Resumable, pause: Pause): void {
    this.#coroutine = coroutine
    this.#startPause(pause)
  }

  #resume(): void {
    const value = this.#resumeValue
    const isError = this.#resumeIsError
    this.#isResuming = false
    this.#isPaused = false
    this.#resumeValue = undefined
    const coroutine = this.#coroutine
    if (coroutine === null) {
      this.runtime.release()
      this.#step(this.#twin as Twin, value, isError)
    } else {
      this.#coroutine = null
      this.#runTask(isError ? failCoroutine : resumeCoroutine, coroutine, value)
    }
    if (this.#isActive && !this.#isPaused) this.#startNextPause()
  }

  #startNextPause(): void {
    const next = this.#waitingPauses.shift()
    if (next === undefined) return
    if (next.twin === null) this.#pauseCoroutine(next.target, next.pause)
    else this.#pauseTwin(next.twin, next.pause)
  }

  #enter(): void {
    const shard = this.shard
    shard.current = this
    shard.isExecuting = true
    shard.running[0] = this.idInInstance
    shard.running[1] = this.iteration
    if (shard.recorder !== null) shard.recorder.metadata = this.metadata
  }

  #closeEverything(reason: 'failed' | 'interrupted'): void {
    this.scriptTimers?.stopAll()
    this.#leases.runStopped(reason)
  }

  #end(): void {
    const owner = this.#owner as RunOwner
    let outcome = this.#outcome
    if (this.#isPending) {
      if (outcome === 'completed') outcome = 'unsettled'
      this.#isPending = false
      this.#promiseSettled = null
    }
    this.#mainTwin = null
    this.#leases.runEnded()
    this.#run++
    this.#isActive = false
    this.#isStarting = false
    this.#isPaused = false
    this.#isResuming = false
    // The test is faster than the assignment, and the queue is nearly always empty here.
    if (this.#queue.length > 0) this.#queue.length = 0
    this.#head = 0
    this.#held = 0
    this.#twin = null
    this.#coroutine = null
    if (this.#waitingPauses.length > 0) this.#waitingPauses.length = 0
    this.#deferredFailures = null
    if (outcome !== 'completed') this.runtime.reset()
    this.#function = null
    this.#owner = null
    owner.runEnded(this, outcome)
  }
}

/** A pause that begins when the one before it is over, and who has yielded it: a twin or a coroutine. */
type WaitingPause =
  | { readonly pause: Pause; readonly twin: Twin; readonly target: null }
  | { readonly pause: Pause; readonly twin: null; readonly target: Resumable }

function resumeCoroutine(target: unknown, value: unknown): void {
  ;(target as Resumable).resume(value)
}

function failCoroutine(target: unknown, error: unknown): void {
  ;(target as Resumable).fail(error)
}

function startFunction(vu: unknown): Twin | undefined {
  return (vu as VirtualUser).callFunction()
}
