/**
 * `ramping-vus`: as many VUs loop as the profile has at each moment. Those told to stop finish their iteration within
 * `gracefulRampDown`; when the profile rises again meanwhile, they go on.
 */
import type { VuStep } from '../plan/ramping-vus-plan.js'
import type { Executor, ScenarioRun } from './scenario-run.js'
import type { ScenarioVu } from './scenario-vu.js'
import { VuSlots } from './vu-slots.js'

export class RampingVus implements Executor {
  readonly #run: ScenarioRun
  readonly #steps: readonly VuStep[]
  readonly #gracefulRampDown: number
  readonly #slots: VuSlots
  #next = 0

  /** `steps` are those of this shard. */
  constructor(run: ScenarioRun, steps: readonly VuStep[], gracefulRampDown: number) {
    this.#run = run
    // The last step is the end of the regular duration: what loops until then has the graceful stop.
    this.#steps = steps.filter(({ time }) => time < run.regularDuration)
    this.#gracefulRampDown = gracefulRampDown
    this.#slots = new VuSlots(run)
  }

  start(): void {
    this.#takeSteps()
  }

  stop(): void {
    this.#next = this.#steps.length
    this.#slots.close()
  }

  iterationEnded(vu: ScenarioVu): void {
    this.#slots.iterationEnded(vu)
  }

  /** Of several steps that are due, because the shard is late, the last one counts. */
  #takeSteps(): void {
    let due: VuStep | undefined
    let next = this.#steps[this.#next]
    while (next !== undefined && this.#run.hasReached(next.time)) {
      due = next
      next = this.#steps[++this.#next]
    }
    if (due !== undefined) this.#slots.want(due.vus, this.#gracefulRampDown)
    if (next !== undefined) this.#run.at(this.#run.startedAt + next.time, () => this.#takeSteps())
  }
}
