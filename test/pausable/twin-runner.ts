/**
 * Runs one twin at a time for a VU: starts it, begins each pause that it yields, and goes on when the pause is over.
 *
 *   idle ─ run ─▸ running ─ pause ─▸ paused ─ resume/fail ─▸ running ─ end ─▸ idle (finished or failed is told)
 *                                       └─ drop ─▸ dropped: late answers of the pause are ignored; make a new runner
 *
 * Hot: a pause costs no allocation here. A VU that runs handlers while it is paused (`ws.connect`) uses one runner per depth.
 */
import type { ScriptRuntime } from '../../src/pausable/runtime/coroutine.js'
import type { Pause, Twin } from '../../src/pausable/runtime/pause.js'

export interface RunnerOwner {
  /** The twin ended. Not called from inside `run` alone: a twin that never pauses ends there too. */
  finished(value: unknown, runner: TwinRunner): void
  failed(error: unknown, runner: TwinRunner): void
}

export class TwinRunner {
  private readonly runtime: ScriptRuntime
  private readonly owner: RunnerOwner
  private twin: Twin | undefined = undefined
  private paused = false
  /** The pause answered while it was being started. */
  private answered = false
  private starting = false
  private answerFailed = false
  private answer: unknown = undefined
  private readonly resume: (value: unknown) => void
  private readonly fail: (error: unknown) => void

  constructor(runtime: ScriptRuntime, owner: RunnerOwner) {
    this.runtime = runtime
    this.owner = owner
    this.resume = (value) => this.settle(false, value)
    this.fail = (error) => this.settle(true, error)
  }

  get isPaused(): boolean {
    return this.paused
  }

  get isIdle(): boolean {
    return this.twin === undefined
  }

  run(twin: Twin): void {
    if (this.twin) throw new Error('TwinRunner: a twin is running already; this is a bug in sockeye')
    this.twin = twin
    this.step(false, undefined)
  }

  /** Never goes on with the twin, and lets none of its code run. The owner corrects `runtime.held`, by `reset`. */
  drop(): void {
    this.twin = undefined
    this.paused = false
  }

  private settle(failed: boolean, value: unknown): void {
    if (!this.paused) return
    this.paused = false
    this.runtime.release()
    if (this.starting) {
      this.answered = true
      this.answerFailed = failed
      this.answer = value
    } else this.step(failed, value)
  }

  private step(failed: boolean, value: unknown): void {
    let wasFailure = failed
    let input = value
    while (this.twin) {
      let result: IteratorResult<Pause, unknown>
      try {
        result = wasFailure ? this.twin.throw(input) : this.twin.next(input)
      } catch (error) {
        this.twin = undefined
        this.owner.failed(error, this)
        return
      }
      if (result.done) {
        this.twin = undefined
        this.owner.finished(result.value, this)
        return
      }
      if (!this.begin(result.value)) return
      wasFailure = this.answerFailed
      input = this.answer
      this.answer = undefined
    }
  }

  /** Starts a pause; true when it is over already. */
  private begin(pause: Pause): boolean {
    this.paused = true
    this.answered = false
    this.runtime.hold()
    this.starting = true
    try {
      pause.start(this.resume, this.fail)
    } catch (error) {
      this.fail(error)
    } finally {
      this.starting = false
    }
    return this.answered
  }
}
