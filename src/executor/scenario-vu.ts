/**
 * A VU at work for a scenario: runs one iteration after the other, measures them, and tells its executor when one has ended.
 *
 * Hot path: everything here runs once per iteration.
 */
import type { Series } from '../metrics/series.js'
import type { TagSet } from '../metrics/tag-set.js'
import type { ScenarioContext } from '../vu/scenario-context.js'
import type { Outcome, RunOwner, VirtualUser } from '../vu/virtual-user.js'
import type { LoadedVu } from './host.js'
import type { ScenarioRun } from './scenario-run.js'

export class ScenarioVu implements RunOwner {
  readonly loaded: LoadedVu
  /** Place among the VUs of the scenario on this shard, from 0. */
  readonly slot: number
  /** Idle, but an iteration for it is on its way from another shard. */
  isPromised = false
  /** Iterations ended so far in this scenario. */
  iterations = 0
  readonly #run: ScenarioRun
  readonly #vu: VirtualUser
  readonly #function: (...args: never[]) => unknown
  readonly #context: ScenarioContext
  /** The arguments of the scenario's function: the setup data. */
  readonly #arguments: unknown[] = [undefined]
  #startedAt = 0
  #isBusy = false
  #seriesTags: TagSet | null = null
  #iterations!: Series
  #duration!: Series
  #sent!: Series
  #received!: Series
  #startLag: Series | null = null

  constructor(run: ScenarioRun, loaded: LoadedVu, slot: number) {
    this.loaded = loaded
    this.slot = slot
    this.#run = run
    this.#vu = loaded.vu
    this.#function = loaded.exports[run.plan.exec] as (...args: never[]) => unknown
    this.#context = {
      info: run.info,
      tags: run.tags,
      env: run.plan.env,
      iterationInScenario: -1,
      iterationInInstance: -1,
      iterationInTest: -1,
    }
    loaded.vu.phase = 'iteration'
    loaded.vu.assign(this.#context)
    loaded.setEnvironment(run.plan.env)
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Begins an iteration with its number in this instance and in the whole test. */
  iterate(numberInInstance: number, numberInTest: number): void {
    const context = this.#context
    context.iterationInScenario++
    context.iterationInInstance = numberInInstance
    context.iterationInTest = numberInTest
    const vu = this.#vu
    this.loaded.enterIteration(++vu.iteration)
    if (vu.metadata !== undefined) vu.refreshMetadata()
    this.#isBusy = true
    if (this.#run.countsBusyVus) this.#run.host.counters.addActiveVus(this.#run.index, 1)
    this.#startedAt = this.#run.clock.now()
    this.#arguments[0] = this.loaded.setupData()
    vu.begin(this.#function, this.#arguments, this)
  }

  /** The same for an iteration of the open model; `due` is the moment of the clock at which it should begin. */
  iterateDue(numberInInstance: number, numberInTest: number, due: number): void {
    if (this.#seriesTags !== this.#vu.tags) this.#resolveSeries(this.#vu.tags)
    this.iterate(numberInInstance, numberInTest)
    const lag = Math.max(0, this.#startedAt - due)
    this.#startLag?.add(lag)
    this.#run.host.starts.started(lag)
  }

  runEnded(vu: VirtualUser, outcome: Outcome): void {
    this.#isBusy = false
    if (this.#run.countsBusyVus) this.#run.host.counters.addActiveVus(this.#run.index, -1)
    this.iterations++
    if (vu.groupPath !== '') vu.setGroup('')
    if (vu.openGroup !== null) vu.openGroup = null
    const { hasAborted } = vu
    if (hasAborted) vu.hasAborted = false
    if (this.#seriesTags !== vu.tags) this.#resolveSeries(vu.tags)
    const { counters } = this.#run.host
    const elapsed = this.#run.clock.now() - this.#startedAt
    if (outcome === 'interrupted' && !hasAborted) {
      counters.addInterrupted()
    } else {
      this.#iterations.add(1)
      this.#duration.add(elapsed)
      counters.addCompleted()
      if (outcome === 'failed' || outcome === 'unsettled') this.#countFailure(outcome)
    }
    this.#sent.add(vu.bytesSent)
    this.#received.add(vu.bytesReceived)
    vu.bytesSent = 0
    vu.bytesReceived = 0
    counters.addIteration(this.#run.index)
    this.#run.iterationEnded(this, outcome, elapsed)
  }

  /** Counted among the complete ones too, as on k6. */
  #countFailure(reason: 'failed' | 'unsettled'): void {
    const { services, counters } = this.#run.host
    const tags = this.#vu.tags.with('reason', reason === 'failed' ? 'exception' : 'unsettled')
    services.registry.series(services.builtins.iterations_failed, tags).add(1)
    counters.addFailed()
    if (reason === 'unsettled') services.reportUnsettled(this.#vu, this.#run.plan.exec)
  }

  #resolveSeries(tags: TagSet): void {
    const { host } = this.#run
    const { registry, builtins } = host.services
    this.#seriesTags = tags
    this.#iterations = registry.series(builtins.iterations, tags)
    this.#duration = registry.series(builtins.iteration_duration, tags)
    this.#sent = registry.series(builtins.data_sent, tags)
    this.#received = registry.series(builtins.data_received, tags)
    if (builtins.iteration_start_lag !== undefined) {
      this.#startLag = registry.series(builtins.iteration_start_lag, tags)
    }
  }
}
