/**
 * The parts of a test, and who does each. What those have done who are lost is kept, for whoever goes on with it.
 */
import type { CountedWork, DoneWork } from '../engine/workload.js'
import { isOpenModel, type Scenario, ScenarioState } from '../plan/scenario.js'
import { Gate } from './gate.js'
import type { Standing } from './protocol.js'
import type { RemoteInstance } from './remote-instance.js'
import type { Division } from './segments.js'

export interface Slot {
  readonly segment: string
  /** 0 to 1. */
  readonly fraction: number
  /** Undefined while there is nobody. */
  remote: RemoteInstance | undefined
  readonly prepared: Gate
  readonly ended: Gate
  /** Whoever does it now can start. */
  isReady: boolean
  /** Of those that are lost. */
  readonly past: PastWork[]
  startedAt: number | undefined
}

/** What one that is lost has done. */
export interface PastWork {
  readonly standing: Standing
  /** By scenario: what it had told, and what of that is in the results. */
  readonly told: readonly CountedWork[]
  readonly reported: readonly CountedWork[]
}

export function emptySlot(part: Division['parts'][number]): Slot {
  return {
    ...part,
    remote: undefined,
    prepared: new Gate(),
    ended: new Gate(),
    isReady: false,
    past: [],
    startedAt: undefined,
  }
}

/** Nobody waits for that part any more. */
export function giveUp({ prepared, ended }: Slot): void {
  prepared.open()
  ended.open()
}

/** Nobody does it any more. Gives what whoever did it has done; undefined when that one has told nothing. */
export function vacate(slot: Slot, remote: RemoteInstance): PastWork | undefined {
  slot.remote = undefined
  slot.isReady = false
  const { standing } = remote
  if (standing === undefined) return undefined
  const work = standing.progress.scenarios.map((_, scenario) => remote.workOn(scenario))
  const past: PastWork = {
    standing,
    told: work.map(({ told }) => told),
    reported: work.map(({ reported }) => reported),
  }
  slot.past.push(past)
  return past
}

/** Iterations that are known to have ended and will never be in the results. */
export function unreported({ told, reported }: PastWork): number {
  return told.reduce((sum, { ended }, scenario) => sum + Math.max(0, ended - (reported[scenario]?.ended ?? 0)), 0)
}

/**
 * Where whoever takes the part over goes on. In the open model what was due before that is never begun again: all of it that is not in the
 * results counts as dropped there. Elsewhere nothing is done twice that is known to be done.
 */
export function doneBy(past: readonly PastWork[], scenarios: readonly Scenario[]): DoneWork[] {
  const count = Math.max(0, ...past.map(({ told }) => told.length))
  return Array.from({ length: count }, (_, index) => {
    const scenario = scenarios[index]
    const works = past.map(({ told, reported }) =>
      scenario !== undefined && isOpenModel(scenario) ? reported[index] : told[index],
    )
    return {
      ended: works.reduce((sum, work) => sum + (work?.ended ?? 0), 0),
      dropped: works.reduce((sum, work) => sum + (work?.dropped ?? 0), 0),
      isOver: past.some(
        ({ standing }) => (standing.progress.scenarios[index]?.state ?? ScenarioState.waiting) >= ScenarioState.done,
      ),
    }
  })
}

/** How far apart they began, in words; undefined before all that live have told, and when there is nobody to compare with. */
export function startSpread(slots: readonly Slot[]): string | undefined {
  const living = slots.filter(({ remote }) => remote !== undefined)
  const moments = living.flatMap(({ startedAt }) => startedAt ?? [])
  if (living.length < 2 || moments.length < living.length) return undefined
  const spread = Math.max(...moments) - Math.min(...moments)
  const unsure = Math.max(...living.map(({ remote }) => remote?.clock.uncertainty ?? 0))
  return `${living.length} instances started within ${spread.toFixed(1)} ms (clocks are known to ${unsure.toFixed(1)} ms)`
}

export function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))} %`
}
