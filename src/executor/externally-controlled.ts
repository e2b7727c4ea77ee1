/**
 * `externally-controlled`: as many VUs loop as were last asked for from outside. Those that are too many are interrupted.
 *
 * More VUs than the scenario began with are initialised in the background; they begin to loop as they get ready.
 *
 * Source  docs/spec/runner.md §3.9
 */
import type { ExternallyControlledScenario } from '../plan/scenario.js'
import type { Share } from '../plan/share.js'
import type { Executor, ScenarioRun } from './scenario-run.js'
import type { ScenarioVu } from './scenario-vu.js'
import { VuSlots } from './vu-slots.js'

/** Why a change of the numbers of VUs is not possible, where k6 refuses it in k6's words; undefined when it is. */
export function refuseScale(plan: ExternallyControlledScenario, vus: number, maxVUs: number): string | undefined {
  if (vus < 0) return "the number of VUs can't be negative"
  if (vus > maxVUs) {
    return `the number of active VUs (${vus}) must be less than or equal to the number of maxVUs (${maxVUs})`
  }
  if (maxVUs < plan.maxVUs) {
    return `the new number of max VUs cannot be lower than the starting number of max VUs (${plan.maxVUs})`
  }
  // Whoever reaches the control API must not be able to make a test larger than it was written.
  if (maxVUs > plan.maxVUs) {
    return `the new number of max VUs (${maxVUs}) cannot be higher than the maxVUs of the scenario (${plan.maxVUs})`
  }
  return undefined
}

export class ExternallyControlled implements Executor {
  readonly endsAbruptly = true
  readonly #run: ScenarioRun
  readonly #share: Share
  readonly #slots: VuSlots
  #vus: number
  #maxVUs: number
  #allocated: number
  #isStarted = false
  #isInitializing = false
  #isPaused = false

  /** `share` is the part of the VUs that this shard runs. */
  constructor(run: ScenarioRun, plan: ExternallyControlledScenario, share: Share) {
    this.#run = run
    this.#share = share
    this.#slots = new VuSlots(run)
    this.#vus = share.scale(plan.vus)
    this.#maxVUs = share.scale(plan.maxVUs)
    this.#allocated = this.#maxVUs
  }

  start(): void {
    this.#isStarted = true
    this.#apply()
  }

  stop(): void {
    this.#slots.close()
  }

  iterationEnded(vu: ScenarioVu): void {
    this.#slots.iterationEnded(vu)
  }

  /** Before the start it takes effect with it. */
  scale(vus: number, maxVUs: number): void {
    this.#vus = this.#share.scale(vus)
    this.#maxVUs = this.#share.scale(maxVUs)
    this.#apply()
  }

  pause(): void {
    this.#isPaused = true
    this.#slots.want(0, Number.POSITIVE_INFINITY)
  }

  resume(): void {
    this.#isPaused = false
    this.#apply()
  }

  #apply(): void {
    if (!this.#isStarted || this.#run.isStopping) return
    this.#run.host.counters.setAllocatedVus(this.#run.index, this.#allocated)
    if (!this.#isPaused) this.#slots.want(Math.min(this.#vus, this.#allocated), 0)
    if (this.#allocated < this.#maxVUs) this.#initializeVu()
  }

  #initializeVu(): void {
    if (this.#isInitializing) return
    this.#isInitializing = true
    this.#run.host.initializeVu((loaded) => {
      this.#isInitializing = false
      // Its exception has been reported, and would be the same the next time.
      if (loaded === undefined) return
      this.#allocated++
      this.#run.host.giveBack(loaded)
      this.#apply()
    })
  }
}
