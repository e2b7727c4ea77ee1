/** The services that a shard provides to its virtual users and modules. */
import { monotonicClock } from '../../base/clock.js'
import { placeInStack } from '../../base/errors.js'
import { deepFreeze } from '../../base/nested-data.js'
import { DEFAULT_HTTP_OPTIONS } from '../../config/plan.js'
import { hintOf } from '../../log/error-hints.js'
import { LogFolder } from '../../log/fold.js'
import { Log } from '../../log/log.js'
import type { LogFields, LogRecord } from '../../log/record.js'
import type { Redactor } from '../../log/redactor.js'
import type { LogRelay } from '../../log/relay.js'
import { type BuiltinMetrics, declareBuiltins } from '../../metrics/builtin.js'
import { CheckTallies } from '../../metrics/checks.js'
import { ErrorTallies } from '../../metrics/error-tallies.js'
import { SampleRecorder } from '../../metrics/recorder.js'
import { MetricRegistry } from '../../metrics/registry.js'
import { TagInterner, type TagSet } from '../../metrics/tag-set.js'
import type { BuiltinModule } from '../../modules/module.js'
import { Dialer } from '../../net/dialer.js'
import { parseNetworkOptions } from '../../net/options.js'
import { CannotPauseError } from '../../pausable/runtime/cannot-pause.js'
import type { ScriptRuntimeOptions } from '../../pausable/runtime/script-runtime.js'
import { isOpenModel } from '../../plan/scenario.js'
import { type PositionMapper, PROGRAM_FILE } from '../../script/positions.js'
import { TestAborted } from '../../vu/host-error.js'
import { Scheduler } from '../../vu/scheduler.js'
import type { InstanceCounters, ScriptSettings, ShardServices } from '../../vu/shard-services.js'
import { TimerQueue } from '../../vu/timer-queue.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { type ControlBlock, RunCell } from './control-block.js'
import { callerInScript, describeException, type ExceptionText } from './exceptions.js'
import type { FromShard, ShardBoot, ShardPlan } from './protocol.js'
import { describeUnsettled, UNSETTLED_HINT } from './unsettled.js'

export interface ServiceOptions {
  readonly boot: ShardBoot
  readonly plan: ShardPlan | null
  readonly modules: ReadonlyMap<string, BuiltinModule>
  readonly relay: LogRelay
  readonly redactor: Redactor
  readonly instance: InstanceCounters
  /** Null before `prepare`. */
  readonly control: ControlBlock | null
  readonly positions: () => PositionMapper
  readonly send: (message: FromShard) => void
  /** Interrupts everything that the shard runs. */
  readonly interrupt: () => void
}

/** The settings of a plan without options, for the init code of VU 0, which runs before there is a plan. */
const NO_SETTINGS: ScriptSettings = {
  systemTags: new Set(),
  throw: false,
  userAgent: '',
  noCookiesReset: false,
  keepConnections: false,
  freezesEnv: false,
  http: DEFAULT_HTTP_OPTIONS,
}

export class Services implements ShardServices {
  readonly clock = monotonicClock
  readonly scheduler = new Scheduler()
  readonly timers = new TimerQueue(monotonicClock)
  readonly runtimeOptions: ScriptRuntimeOptions
  readonly registry: MetricRegistry
  readonly builtins: BuiltinMetrics
  readonly recorder: SampleRecorder | null
  readonly checks = new CheckTallies()
  readonly errors: ErrorTallies
  readonly dialer: Dialer
  readonly settings: ScriptSettings
  readonly runTags: TagSet
  readonly instance: InstanceCounters
  readonly scriptOptions: unknown
  readonly #optionOverrides: readonly (readonly [name: string, value: unknown])[]
  readonly log: Log
  readonly running: Float64Array
  current: VirtualUser | null = null
  isExecuting = false
  /** The VUs that have called test.abort(). */
  readonly #aborting = new WeakSet<VirtualUser>()
  /** The last failure that a module has logged, for each VU. */
  readonly #lastLogged = new WeakMap<
    VirtualUser,
    { readonly text: string; readonly error: string; readonly scenario: string; readonly place: string }
  >()
  readonly #control: ControlBlock | null
  readonly #awaits: ShardBoot['script']['awaits']
  readonly #warned = new Set<string>()
  readonly #folder: LogFolder
  readonly #emit: (record: LogRecord) => void
  readonly #positions: () => PositionMapper
  readonly #send: (message: FromShard) => void
  readonly #interrupt: () => void

  constructor({ boot, plan, modules, relay, redactor, instance, control, positions, send, interrupt }: ServiceOptions) {
    this.#control = control
    this.#positions = positions
    this.#interrupt = interrupt
    this.runtimeOptions = {
      file: PROGRAM_FILE,
      get positions() {
        return positions()
      },
    }
    this.#send = send
    this.instance = instance
    this.running = control?.runningCells(boot.shard) ?? new Float64Array(2)
    this.#awaits = boot.script.awaits
    this.errors = new ErrorTallies((message) => redactor.redact(message))
    this.#folder = new LogFolder(relay.emit)
    this.#emit = boot.logsEvery ? relay.emit : this.#folder.take
    this.log = new Log(boot.isVerbose ? 'debug' : 'info', (record) => this.#emitCounted(record))
    const now = (): number => boot.epochOrigin + monotonicClock.now()
    this.recorder = plan?.recordsSamples ? new SampleRecorder(now) : null
    this.registry = new MetricRegistry(plan?.submetrics ?? [], this.recorder, {
      ...plan,
      seriesClock: plan?.collectsSeries === true ? now : undefined,
    })
    this.builtins = declareBuiltins(this.registry, { hasOpenModel: plan?.scenarios.some(isOpenModel) ?? false })
    for (const { metrics = [] } of modules.values()) this.registry.declareAll(metrics)
    this.dialer = new Dialer(plan?.network ?? parseNetworkOptions({}))
    this.settings =
      plan === null
        ? NO_SETTINGS
        : {
            systemTags: new Set(plan.systemTags),
            throw: plan.throw,
            userAgent: plan.userAgent,
            noCookiesReset: plan.noCookiesReset,
            keepConnections: plan.keepConnections,
            freezesEnv: plan.freezesEnv,
            http: plan.http,
          }
    this.runTags = new TagInterner((value) => redactor.redact(value)).root.withAll(plan?.runTags ?? {})
    this.scriptOptions = deepFreeze(plan?.scriptOptions)
    this.#optionOverrides = Object.entries(deepFreeze(plan?.optionOverrides) ?? {})
  }

  takeRequestSlot(interval: number): number {
    const now = monotonicClock.now()
    return this.#control === null ? 0 : this.#control.takeSlot(now, interval) - now
  }

  /** Sets the final values in the `options` that the script exports, as k6 does after the init code. All VUs share the values. */
  overrideOptions(options: unknown): void {
    if (typeof options !== 'object' || options === null) return
    for (const [name, value] of this.#optionOverrides) {
      // A setter of the script is not called: it might throw, or do anything else.
      if (Object.getOwnPropertyDescriptor(options, name)?.set === undefined) Reflect.set(options, name, value)
    }
  }

  reportException(vu: VirtualUser, error: unknown, isRejection: boolean): void {
    // Code that cannot pause is left by an exception after test.abort(). That is no error of the script.
    if (error instanceof TestAborted || this.#aborting.has(vu)) return
    const { info } = vu.scenario ?? {}
    const fields = {
      ...(info === undefined ? {} : { executor: info.executor, scenario: info.name }),
      ...exceptionFields(error, isRejection),
    }
    const code = error instanceof CannotPauseError ? error.code : 'ERR_SCRIPT_EXCEPTION'
    this.#reportError(vu, describeException(error, isRejection, this.#positions()), fields, code)
  }

  reportUnsettled(vu: VirtualUser, name: string): void {
    const { scenario } = vu
    const described = describeUnsettled(name, this.#awaits[name] ?? [])
    const fields = {
      ...(scenario === null ? {} : { executor: scenario.info.executor, scenario: scenario.info.name }),
      hint: UNSETTLED_HINT,
    }
    this.#reportError(vu, described, fields, 'ERR_NEVER_SETTLED')
  }

  countError(vu: VirtualUser, message: string, place: string): void {
    this.errors.add(message, vu.scenario?.info.name ?? '', place)
  }

  #reportError(vu: VirtualUser, { text, message, place }: ExceptionText, fields: LogFields, code: string): void {
    this.#takeBackLogged(vu, message)
    this.countError(vu, message, place)
    this.#emit({ level: 'error', msg: text, fields, time: Date.now(), code })
  }

  /** A failure that a module has logged, and that then ends the iteration as an exception, counts only once: as the exception. */
  #takeBackLogged(vu: VirtualUser, message: string): void {
    const logged = this.#lastLogged.get(vu)
    if (logged === undefined || !message.endsWith(logged.error)) return
    this.#lastLogged.delete(vu)
    this.errors.add(logged.text, logged.scenario, logged.place, -1)
  }

  /** Failed connections that modules log count as errors of the run. Warnings without an error, such as deprecations, do not. */
  #emitCounted(record: LogRecord): void {
    const { level, msg, fields } = record
    const isError = level === 'error' || fields['error'] !== undefined
    if (isError && record.isRetold !== true && fields['source'] !== 'console') {
      const scenario = this.isExecuting ? (this.current?.scenario?.info.name ?? '') : ''
      const text = fields['error'] === undefined ? msg : `${msg}: ${fields['error']}`
      const place = record.place ?? this.#placeOfCall()
      this.errors.add(text, scenario, place)
      if (this.isExecuting && this.current !== null && fields['error'] !== undefined) {
        this.#lastLogged.set(this.current, { text, error: String(fields['error']), scenario, place })
      }
    }
    this.#emit(record)
  }

  /** The place of the call in the script that is running; empty when no script is running. */
  #placeOfCall(): string {
    return this.isExecuting ? placeInStack(callerInScript(this.#positions()) ?? '') : ''
  }

  warnOnce(message: string, hint: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.log.warning(message, { hint })
  }

  /** Logs how often repeated lines came that were only counted. */
  tellFolded(): void {
    this.#folder.flush()
  }

  abortTest(vu: VirtualUser, message: string): void {
    this.#aborting.add(vu)
    this.#control?.setRun(RunCell.wasAborted, 1)
    this.#send({ type: 'abort', message, place: callerInScript(this.#positions()) ?? '' })
    // After the call of the script has returned, but without waiting for the main thread: VUs would begin iterations until then.
    setImmediate(() => {
      // All VUs first: one that is interrupted alone would begin its next iteration.
      this.#interrupt()
      vu.interrupt()
    })
  }

  failTest(message: string): void {
    this.#send({ type: 'fail', message })
  }
}

function exceptionFields(error: unknown, isRejection: boolean): LogFields {
  const hint = hintOf(error)
  if (isRejection) return hint === undefined ? {} : { hint }
  return { hint: hint === undefined ? 'script exception' : `script exception: ${hint}`, source: 'stacktrace' }
}
