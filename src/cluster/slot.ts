/**
 * A slot is one part of a test with the instance that does it. It keeps the work of lost instances, so that a new one can continue from there.
 */
import type { CountedWork, DoneWork } from '../engine/workload.js'
import { isOpenModel, type Scenario, ScenarioState } from '../plan/scenario.js'
import { Gate } from './gate.js'
import type { Standing } from './protocol.js'
import type { RemoteInstance } from './remote-instance.js'
import type { Division } from './segments.js'

export interface Slot {
  readonly segment: string
  /** The size of the part, 0 … 1. */
  readonly fraction: number
  /** Undefined while the part has no instance. */
  remote: RemoteInstance | undefined
  readonly prepared: Gate
  readonly ended: Gate
  /** True when the instance has initialised its VUs and can start. */
  isReady: boolean
  /** One for each lost instance. */
  readonly past: PastWork[]
  startedAt: number | undefined
}

/** The work of a lost instance. */
export interface PastWork {
  readonly standing: Standing
  /** For each scenario, the iterations that the instance has done. */
  readonly told: readonly CountedWork[]
  /** For each scenario, those of them that are in the results. */
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

/** No instance will do this part, so nobody waits for it any more. */
export function giveUp({ prepared, ended }: Slot): void {
  prepared.open()
  ended.open()
}

/** Removes a lost instance from its slot. Returns its work; undefined when it has never sent its standing. */
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

/** How many iterations have ended on a lost instance and will never be in the results. */
export function unreported({ told, reported }: PastWork): number {
  return told.reduce((sum, { ended }, scenario) => sum + Math.max(0, ended - (reported[scenario]?.ended ?? 0)), 0)
}

/**
 * The work after which a new instance continues, for each scenario. In the open model that is the work in the results: other iterations that
 * were due count as dropped. In the closed model it is all work that the lost instances have done, so no iteration is repeated.
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

/** How far apart the instances started, as a sentence; undefined before all have started, and when there is only one. */
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
