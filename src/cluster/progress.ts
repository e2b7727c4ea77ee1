/** Adds up the progress of all instances of a run. */
import { type EngineProgress, NOT_STARTED, type ScenarioCounters, stateOfAll } from '../engine/progress.js'

/** The progress of one part of the test: of the instance that does it now, and of lost ones that did it before. */
export interface PartProgress {
  readonly living: EngineProgress | undefined
  readonly past: readonly EngineProgress[]
}

/** Iterations of lost instances count; VUs and sockets are those of living ones. */
export function addProgress(parts: readonly PartProgress[]): EngineProgress {
  const living = parts.flatMap((part) => (part.living === undefined ? [] : [part.living]))
  const all = parts.flatMap((part) => [...(part.living === undefined ? [] : [part.living]), ...part.past])
  const scenarios = Math.max(0, ...all.map((progress) => progress.scenarios.length))
  return {
    vus: {
      active: sum(living, ({ vus }) => vus.active),
      initialized: sum(living, ({ vus }) => vus.initialized),
    },
    iterations: {
      complete: sum(all, ({ iterations }) => iterations.complete),
      failed: sum(all, ({ iterations }) => iterations.failed),
      // Iterations that were running on lost instances count as interrupted.
      interrupted:
        sum(all, ({ iterations }) => iterations.interrupted) +
        sum(parts, ({ past }) => sum(past, ({ vus }) => vus.active)),
    },
    openWebSockets: sum(living, (progress) => progress.openWebSockets),
    scenarios: Array.from({ length: scenarios }, (_, scenario) => countersOf(scenario, living, all)),
  }
}

function countersOf(
  scenario: number,
  living: readonly EngineProgress[],
  all: readonly EngineProgress[],
): ScenarioCounters {
  const counters = (progress: EngineProgress): ScenarioCounters => progress.scenarios[scenario] ?? NOT_STARTED
  return {
    state: stateOfAll(living.map((progress) => counters(progress).state)),
    activeVus: sum(living, (progress) => counters(progress).activeVus),
    iterations: sum(all, (progress) => counters(progress).iterations),
    dropped: sum(all, (progress) => counters(progress).dropped),
    level: sum(living, (progress) => counters(progress).level),
    allocatedVus: sum(living, (progress) => counters(progress).allocatedVus),
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
