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
  /** Free for the executor: it should start no more iterations. */
  isToldToStop = false
  /** Iterations ended so far in this scenario. */
  iterations = 0
  readonly #run: ScenarioRun
  readonly #vu: VirtualUser
  readonly #function: (...args: never[]) => unknown
  readonly #arguments: unknown[]
  readonly #context: ScenarioContext
  #startedAt = 0
  #isBusy = false
  #seriesTags: TagSet | null = null
  #iterations!: Series
  #duration!: Series
  #sent!: Series
  #received!: Series

  constructor(run: ScenarioRun, loaded: LoadedVu, slot: number) {
    this.loaded = loaded
    this.slot = slot
    this.#run = run
    this.#vu = loaded.vu
    this.#function = loaded.exports[run.plan.exec] as (...args: never[]) => unknown
    this.#arguments = [loaded.setupData()]
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
    this.#startedAt = this.#run.clock.now()
    vu.begin(this.#function, this.#arguments, this)
  }

  runEnded(vu: VirtualUser, outcome: Outcome): void {
    this.#isBusy = false
    this.iterations++
    if (vu.groupPath !== '') vu.setGroup('')
    if (this.#seriesTags !== vu.tags) this.#resolveSeries(vu.tags)
    const { counters } = this.#run.host
    const elapsed = this.#run.clock.now() - this.#startedAt
    if (outcome === 'interrupted') {
      counters.addInterrupted()
    } else {
      this.#iterations.add(1)
      this.#duration.add(elapsed)
      counters.addCompleted()
    }
    this.#sent.add(vu.bytesSent)
    this.#received.add(vu.bytesReceived)
    vu.bytesSent = 0
    vu.bytesReceived = 0
    counters.addIteration(this.#run.index)
    this.#run.iterationEnded(this, outcome, elapsed)
  }

  #resolveSeries(tags: TagSet): void {
    const { host } = this.#run
    const { registry } = host.services
    this.#seriesTags = tags
    this.#iterations = registry.series(host.services.builtins.iterations, tags)
    this.#duration = registry.series(host.services.builtins.iteration_duration, tags)
    this.#sent = registry.series(host.services.builtins.data_sent, tags)
    this.#received = registry.series(host.services.builtins.data_received, tags)
  }
}
