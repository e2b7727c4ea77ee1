/**
 * Calls `setup`, `teardown` or `handleSummary` in a VU of its own, with a time limit, and encodes the result.
 *
 * Source  docs/spec/runner.md §4.1, §4.2, §4.9
 */
import type { LoadedVu } from '../../executor/host.js'
import { call as callTwin, PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import type { Timer } from '../../vu/timer-queue.js'
import type { Outcome, Phase, RunOwner, VirtualUser } from '../../vu/virtual-user.js'
import type { CallResult, CallValue, LifecycleCall } from '../calls.js'
import { encodeSetupData, encodeSummary } from './call-results.js'
import type { Services } from './services.js'
import type { VuFactory } from './vu-factory.js'

const PHASES: Readonly<Record<LifecycleCall['name'], Phase>> = {
  setup: 'setup',
  teardown: 'teardown',
  handleSummary: 'summary',
}

type Callable = (argument: unknown) => unknown

/** Returns the VU that runs the call, so that it can be interrupted. */
export function performCall(
  call: LifecycleCall,
  services: Services,
  factory: VuFactory,
  done: (result: CallResult) => void,
): VirtualUser {
  return factory.create({ idInInstance: 0, idInTest: 0 }, (loaded, outcome) => {
    if (loaded === undefined) return done({ outcome: outcome === 'interrupted' ? 'interrupted' : 'threw' })
    const fn = loaded.exports[call.name]
    if (typeof fn === 'function') new RunningCall(call, services, loaded, done).start(fn as Callable)
    else done({ outcome: 'returned', value: { kind: 'json', json: undefined } })
  })
}

class RunningCall implements RunOwner {
  readonly #call: LifecycleCall
  readonly #services: Services
  readonly #vu: VirtualUser
  readonly #done: (result: CallResult) => void
  #timer: Timer | null = null
  #isTimedOut = false
  #value: unknown

  constructor(call: LifecycleCall, services: Services, loaded: LoadedVu, done: (result: CallResult) => void) {
    this.#call = call
    this.#services = services
    this.#vu = loaded.vu
    this.#done = done
  }

  start(fn: Callable): void {
    const { name, timeout } = this.#call
    const vu = this.#vu
    vu.phase = PHASES[name]
    if (name !== 'handleSummary') vu.setGroup(`::${name}`)
    this.#timer = this.#services.timers.add(timeout, () => this.#timeOut(), undefined)
    vu.begin(this.#capturing(fn), [this.#argument()], this)
  }

  /** The argument of the function. For handleSummary it always has the key `setup_data`, as in k6. */
  #argument(): unknown {
    const { name, argument } = this.#call
    const value: unknown = argument === undefined ? undefined : JSON.parse(argument)
    return name === 'handleSummary' ? { setup_data: undefined, ...(value as object) } : value
  }

  /** A function that calls `fn` and keeps what it returns, or what its promise resolves to. */
  #capturing(fn: Callable): Callable {
    const keep = (result: unknown): unknown => {
      this.#value = undefined
      if (result instanceof Promise) {
        // A rejection is not caught here: the VU reports it, as that of any other promise.
        return result.then((value) => {
          this.#value = value
        })
      }
      this.#value = result
      return undefined
    }
    const plain = (argument: unknown): unknown => keep(fn(argument))
    if (!(PAUSE in fn)) return plain
    return Object.assign(plain, {
      *[PAUSE](argument: unknown): Twin {
        return keep(yield* callTwin(fn as never, undefined, argument as never))
      },
    })
  }

  #timeOut(): void {
    this.#isTimedOut = true
    this.#vu.interrupt()
  }

  runEnded(vu: VirtualUser, outcome: Outcome): void {
    if (this.#timer !== null) this.#services.timers.cancel(this.#timer)
    if (this.#call.name !== 'handleSummary') this.#countTraffic(vu)
    if (outcome === 'unsettled') this.#services.reportUnsettled(vu, this.#call.name)
    this.#done(this.#result(outcome))
  }

  #countTraffic(vu: VirtualUser): void {
    const { registry, builtins } = this.#services
    registry.series(builtins.data_sent, vu.tags).add(vu.bytesSent)
    registry.series(builtins.data_received, vu.tags).add(vu.bytesReceived)
  }

  #result(outcome: Outcome): CallResult {
    if (this.#isTimedOut) return { outcome: 'timed out' }
    if (outcome !== 'completed') return { outcome: outcome === 'interrupted' ? 'interrupted' : 'threw' }
    try {
      return { outcome: 'returned', value: this.#encode() }
    } catch (error) {
      return { outcome: 'invalid', message: (error as Error).message }
    }
  }

  #encode(): CallValue {
    switch (this.#call.name) {
      case 'setup':
        return { kind: 'json', json: encodeSetupData(this.#value) }
      case 'teardown':
        return { kind: 'json', json: undefined }
      case 'handleSummary':
        return { kind: 'files', files: encodeSummary(this.#value) }
    }
  }
}
