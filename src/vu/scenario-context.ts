/** What a VU knows of the scenario it works for: `k6/execution` reads it, executors write it. */
import type { TagSet } from '../metrics/tag-set.js'

export interface ScenarioInfo {
  readonly name: string
  /** Executor type as users write it, `constant-vus`. */
  readonly executor: string
  /** Epoch milliseconds. */
  readonly startTime: number
  /** 0 to 1. */
  progress(): number
}

export interface ScenarioContext {
  readonly info: ScenarioInfo
  /** Run and scenario tags, before those the script set. */
  readonly tags: TagSet
  /** Environment of the scenario: `__ENV` of its iterations. */
  readonly env: Readonly<Record<string, string>>
  /** Iterations this VU began in this scenario, minus one. */
  iterationInScenario: number
  /** Number of the iteration among those of the scenario in this instance, and in the whole test. */
  iterationInInstance: number
  iterationInTest: number
}
