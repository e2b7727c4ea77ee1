import type { ProgressState, ScenarioProgress } from '../../src/terminal/progress-state.js'

/** A constant-vus scenario one second into its ten. */
export function scenario(changes: Partial<ScenarioProgress> = {}): ScenarioProgress {
  return {
    name: 'default',
    executor: 'constant-vus',
    status: 'running',
    fraction: 0.1,
    timeMs: 1000,
    totalMs: 10_000,
    vus: { active: 2, max: 2 },
    ...changes,
  }
}

/** A run of two VUs one second into its ten, plus graceful stop. */
export function progress(changes: Partial<ProgressState> = {}): ProgressState {
  return {
    status: { kind: 'running' },
    elapsedMs: 1000,
    maxDurationMs: 40_000,
    vus: { active: 2, initialised: 2, max: 2 },
    iterations: { failed: 0, complete: 4, interrupted: 0 },
    scenarios: [scenario()],
    ...changes,
  }
}
