/**
 * The executors of the closed model: a VU starts its next iteration when the last one has ended.
 *
 * Hot path: `iterationEnded` to `begin` runs once per iteration.
 */
import type { Executor, ScenarioRun } from './scenario-run.js'
import type { ScenarioVu } from './scenario-vu.js'

/** What the three have in common: a fixed number of VUs that loop until there is nothing more for them. */
abstract class LoopingVus implements Executor {
  protected readonly run: ScenarioRun
  protected readonly vus: number

  constructor(run: ScenarioRun, vus: number) {
    this.run = run
    this.vus = vus
  }

  /** The number of the iteration that the VU may begin, or -1 when there is no more for it. */
  protected abstract next(vu: ScenarioVu): number

  start(): void {
    for (let slot = 0; slot < this.vus; slot++) this.run.activate(slot, (vu) => this.iterationEnded(vu))
    this.run.complete()
  }

  stop(): void {}

  iterationEnded(vu: ScenarioVu): void {
    const number = this.run.isStopping ? -1 : this.next(vu)
    if (number === -1) this.run.deactivate(vu)
    else vu.iterate(number, this.run.host.numberInTest(this.run.index, number))
  }

  protected takeNumber(): number {
    return this.run.host.counters.takeNumber(this.run.index)
  }
}

/** `constant-vus`: loops until the duration is over. */
export class ConstantVus extends LoopingVus {
  protected next(): number {
    return this.takeNumber()
  }
}

/** `per-vu-iterations`: every VU does a fixed number; what a stop leaves undone is dropped. */
export class PerVuIterations extends LoopingVus {
  readonly #iterations: number
  /** Iterations begun; those of a thread whose place this one has taken, too. */
  #begun: number
  /** Those that the VUs of this thread may begin. */
  readonly #left: number
  /** Iterations ended; those of a thread before this one, too. */
  #ended: number

  constructor(run: ScenarioRun, vus: number, iterations: number) {
    super(run, vus)
    this.#iterations = iterations
    this.#begun = run.host.counters.decided(run.index)
    this.#ended = this.#begun
    this.#left = vus * iterations - this.#begun
  }

  protected next(vu: ScenarioVu): number {
    if (vu.iterations > 0) this.#ended++
    if (vu.iterations >= this.#quota(vu.slot)) return -1
    this.run.host.counters.setDecided(this.run.index, ++this.#begun)
    return this.takeNumber()
  }

  /** All of its iterations, or a fair part of what VUs before it have left. */
  #quota(slot: number): number {
    return Math.floor(this.#left / this.vus) + (slot < this.#left % this.vus ? 1 : 0)
  }

  ended(): void {
    this.run.drop(this.vus * this.#iterations - this.#begun)
  }

  progress(): number {
    return this.#ended / (this.vus * this.#iterations)
  }
}

/** `shared-iterations`: all VUs of all shards take from one total; what a stop leaves undone is dropped. */
export class SharedIterations extends LoopingVus {
  readonly #total: number

  constructor(run: ScenarioRun, vus: number, total: number) {
    super(run, vus)
    this.#total = total
  }

  protected next(): number {
    const number = this.takeNumber()
    return number < this.#total ? number : -1
  }

  ended(): void {
    const { counters } = this.run.host
    if (!counters.finish(this.run.index)) return
    this.run.drop(this.#total - counters.numbersTaken(this.run.index))
  }

  progress(): number {
    return Math.min(1, this.run.host.counters.iterationsEnded(this.run.index) / this.#total)
  }
}
