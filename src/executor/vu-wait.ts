/**
 * The wait for a planned VU that another scenario has not given back yet. It should be a matter of milliseconds; when it is not, the
 * log says so, and after two seconds the wait is given up.
 *
 * Source  docs/spec/runner.md §3.1
 */
import { formatDuration } from '../base/duration.js'
import type { Timer } from '../vu/timer-queue.js'
import type { LoadedVu } from './host.js'
import type { ScenarioRun } from './scenario-run.js'

const PATIENCE = 400
const LAST_ROUND = 5

export class VuWait {
  readonly #run: ScenarioRun
  readonly #done: (loaded: LoadedVu | undefined) => void
  #leave: (() => void) | null = null
  #timer: Timer | null = null
  #isOver = false

  /** `done` is called once, with undefined when the wait is given up, and not at all after `cancel`. */
  constructor(run: ScenarioRun, done: (loaded: LoadedVu | undefined) => void) {
    this.#run = run
    this.#done = done
  }

  begin(): void {
    this.#leave = this.#run.host.borrow((loaded) => this.#end(loaded))
    if (!this.#isOver) this.#askAgainIn(1)
  }

  cancel(): void {
    this.#isOver = true
    this.#leave?.()
    if (this.#timer !== null) this.#run.cancel(this.#timer)
  }

  #askAgainIn(round: number): void {
    this.#timer = this.#run.after(PATIENCE, () => {
      const { host, plan } = this.#run
      const { log } = host.services
      const fields = { executor: plan.executor, scenario: plan.name }
      const waited = formatDuration(round * PATIENCE)
      log.warning(`Could not get a VU from the buffer for ${waited}`, fields)
      if (round < LAST_ROUND) {
        this.#askAgainIn(round + 1)
        return
      }
      log.error(`could not get a VU from the buffer in ${waited}`, fields)
      this.#leave?.()
      this.#end(undefined)
    })
  }

  #end(loaded: LoadedVu | undefined): void {
    this.#isOver = true
    if (this.#timer !== null) this.#run.cancel(this.#timer)
    this.#done(loaded)
  }
}
