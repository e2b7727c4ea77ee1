/**
 * How far a run has come, in the terms of the control API, and the gate at which a paused run waits.
 *
 *   created ─► initialising VUs ─► initialised ─┬────────────────────────────► started ─► [setup] ─► running ─► [teardown] ─► ended
 *                                               └─► paused ── release() ──►─┘
 *   any of them ── told to stop ──► interrupted     (a teardown still runs in its own phase)
 *   at the end, instead of ended: interrupted, or marked as failed
 *
 * Source  docs/spec/metrics-and-modules.md §6.1
 */

/** The numbers are those of k6's API. */
export const RunPhase = {
  created: 0,
  initialisingVus: 1,
  initialisingExecutors: 2,
  initialised: 3,
  paused: 4,
  started: 5,
  setup: 6,
  running: 7,
  teardown: 8,
  ended: 9,
  interrupted: 10,
  markedAsFailed: 11,
} as const

export type RunPhase = (typeof RunPhase)[keyof typeof RunPhase]

export class RunStatus {
  /** Resolves when all planned VUs are initialised, or the run has ended without them. */
  readonly initialised: Promise<void>
  #phase: RunPhase = RunPhase.created
  #isPaused = false
  #hasStarted = false
  #hasEnded = false
  #setInitialised!: () => void
  #onRelease: (() => void) | null = null

  constructor() {
    this.initialised = new Promise((resolve) => {
      this.#setInitialised = resolve
    })
  }

  get phase(): RunPhase {
    return this.#phase
  }

  /** Before the start: the gate is closed. After it: externally controlled scenarios stand still. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  get hasStarted(): boolean {
    return this.#hasStarted
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  enter(phase: RunPhase): void {
    if (this.#hasEnded) return
    this.#phase = phase
    if (phase === RunPhase.initialised) this.#setInitialised()
    if (phase === RunPhase.started) this.#hasStarted = true
  }

  pause(): void {
    this.#isPaused = true
  }

  /** Opens the gate, also for a run that has not come to it yet. */
  release(): void {
    this.#isPaused = false
    if (this.#phase === RunPhase.paused) this.enter(RunPhase.started)
    this.#onRelease?.()
  }

  /** Resolves when the gate is open, or `abandoned` does. */
  async waitAtGate(abandoned: Promise<void>): Promise<void> {
    if (!this.#isPaused) return
    const released = new Promise<void>((resolve) => {
      this.#onRelease = resolve
    })
    this.enter(RunPhase.paused)
    await Promise.race([released, abandoned])
    this.#onRelease = null
  }

  end(phase: typeof RunPhase.ended | typeof RunPhase.interrupted | typeof RunPhase.markedAsFailed): void {
    this.enter(phase)
    this.#hasEnded = true
    this.#isPaused = false
    this.#setInitialised()
  }
}
