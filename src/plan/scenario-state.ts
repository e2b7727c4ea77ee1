/** Where a scenario stands on one shard. The numbers grow as it goes on; `done` and above have nothing more to start. */
export const ScenarioState = { waiting: 0, running: 1, graceful: 2, done: 3, interrupted: 4 } as const

export type ScenarioState = (typeof ScenarioState)[keyof typeof ScenarioState]
