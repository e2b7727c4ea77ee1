/**
 * The parts of a test, and which instance does each. The work of lost instances is kept, so that another one can go on from there.
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
  /** Undefined while no instance does this part. */
  remote: RemoteInstance | undefined
  readonly prepared: Gate
  readonly ended: Gate
  /** The instance has initialised its VUs and can start. */
  isReady: boolean
  /** The work of instances that are lost. */
  readonly past: PastWork[]
  startedAt: number | undefined
}

/** The work of a lost instance. */
export interface PastWork {
  readonly standing: Standing
  /** By scenario: the work that it had told of, and the part of that which is in the results. */
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

/** No instance will do this part: nobody waits for it any more. */
export function giveUp({ prepared, ended }: Slot): void {
  prepared.open()
  ended.open()
}

/** The instance of this slot is lost. Gives its work; undefined when it has told of none. */
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
 * Where a new instance goes on with the part. In the open model it begins no iteration that was due earlier: those that are not in the results
 * count as dropped. In the closed model it repeats no iteration that is known to be done.
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

/** How far apart the instances began, in words; undefined while some have not told, and when there is only one. */
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
