/**
 * `sockeye/utils`: small helpers for scripts. It replaces jslib's k6-utils and has the same exports.
 *
 * Random values come from the virtual user's `Math.random`, so `randomSeed` makes them repeat.
 */
import { check as k6Check } from 'k6'
import exec from 'k6/execution'
import { parseDuration } from '../base/duration.js'

/** A whole number from `min` to `max`, both included. */
export function randomIntBetween(min: number, max: number): number {
  return Math.floor(Math.random() * (max - min + 1) + min)
}

export function randomItem<T>(items: ArrayLike<T>): T | undefined {
  return items[Math.floor(Math.random() * items.length)]
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

export function randomString(length: number, charset: string = LETTERS): string {
  let text = ''
  for (let i = 0; i < length; i++) text += charset[Math.floor(Math.random() * charset.length)] ?? ''
  return text
}

/** A UUID of version 4. With `secure` its bytes come from the system's generator, and no seed can repeat them. */
export function uuidv4(secure = false): string {
  if (secure) return globalThis.crypto.randomUUID()
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (kind) => {
    const digit = Math.floor(Math.random() * 16)
    return (kind === 'x' ? digit : (digit % 4) + 8).toString(16)
  })
}

export function findBetween(content: string, left: string, right: string): string
export function findBetween(content: string, left: string, right: string, repeat: true): string[]
/** The first text between `left` and `right`, or null; with `repeat` all such texts. */
export function findBetween(content: string, left: string, right: string, repeat = false): string | null | string[] {
  const found: string[] = []
  let at = 0
  while (at <= content.length) {
    const start = content.indexOf(left, at)
    const end = start < 0 ? -1 : content.indexOf(right, start + left.length)
    if (end < 0) break
    const text = content.substring(start + left.length, end)
    if (!repeat) return text
    found.push(text)
    at = Math.max(end + right.length, at + 1)
  }
  return repeat ? found : null
}

interface Stage {
  duration: string
  target: number
}

/** Stages whose targets follow a bell curve: up to `maxVUs` in the middle, down to 0 at the end. */
export function normalDistributionStages(maxVUs: number, durationSeconds: number, numberOfStages = 10): Stage[] {
  const duration = `${Math.round((durationSeconds * 1000) / numberOfStages)}ms`
  return Array.from({ length: numberOfStages }, (_, i) => {
    const isLast = i === numberOfStages - 1
    // From −3 to +3 standard deviations; nearly all of the curve lies there.
    const x = (6 * (i + 1)) / numberOfStages - 3
    return { duration, target: isLast ? 0 : Math.round(maxVUs * Math.exp((-x * x) / 2)) }
  })
}

type Conditions = Record<string, unknown>

/** k6's `check`, which also takes promises and async functions. For these it returns a promise. */
export function check(value: unknown, sets: Conditions, tags?: Record<string, string>): boolean | Promise<boolean> {
  if (isPromise(value)) return value.then((settled) => check(settled, sets, tags))
  const results = Object.entries(sets).map(([name, condition]) => [name, outcome(condition, value)] as const)
  const report = (name: string, result: unknown): boolean => {
    const asGiven = result instanceof Failure ? () => rethrow(result.error) : Boolean(result)
    return k6Check(value, { [name]: asGiven as never }, tags as never)
  }
  if (!results.some(([, result]) => isPromise(result))) {
    return results.map(([name, result]) => report(name, result)).every(Boolean)
  }
  const settled = results.map(async ([name, result]) => report(name, await caught(result)))
  return Promise.all(settled).then((passed) => passed.every(Boolean))
}

/** The error that a condition has thrown. */
class Failure {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

function outcome(condition: unknown, value: unknown): unknown {
  if (typeof condition !== 'function') return condition
  try {
    return condition(value)
  } catch (error) {
    return new Failure(error)
  }
}

async function caught(result: unknown): Promise<unknown> {
  try {
    return await result
  } catch (error) {
    return new Failure(error)
  }
}

function rethrow(error: unknown): never {
  throw error
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as Promise<unknown> | null | undefined)?.then === 'function'
}

/** The index of the present stage of the scenario, whose executor must have stages. */
export function getCurrentStageIndex(): number {
  return currentStage().index
}

/** Sets the tag `stage` of the virtual user. */
export function tagWithCurrentStageIndex(): void {
  exec.vu.metrics.tags['stage'] = String(getCurrentStageIndex())
}

/** Sets the tag `stage_profile`: `ramp-up`, `steady`, `ramp-down`, or `done` after the last stage. */
export function tagWithCurrentStageProfile(): void {
  exec.vu.metrics.tags['stage_profile'] = currentProfile()
}

function currentProfile(): string {
  const { index, stages, start, isOver } = currentStage()
  if (isOver) return 'done'
  const from = index === 0 ? start : (stages[index - 1]?.target ?? 0)
  const to = stages[index]?.target ?? 0
  if (to === from) return 'steady'
  return to > from ? 'ramp-up' : 'ramp-down'
}

interface RampingScenario {
  readonly stages?: readonly { readonly duration: string | number; readonly target: number }[]
  readonly startVUs?: number
  readonly startRate?: number
}

function currentStage() {
  const { name, startTime } = exec.scenario
  const scenario = (exec.test.options.scenarios as unknown as Record<string, RampingScenario> | undefined)?.[name]
  const stages = scenario?.stages
  if (scenario === undefined || stages === undefined || stages.length === 0) {
    throw new Error(`the scenario "${name}" has no stages: only ramping-vus and ramping-arrival-rate have them`)
  }
  const elapsed = Date.now() - startTime
  let end = 0
  for (const [index, { duration }] of stages.entries()) {
    end += parseDuration(duration) ?? 0
    if (elapsed < end) return { index, stages, start: scenario.startVUs ?? scenario.startRate ?? 0, isOver: false }
  }
  return { index: stages.length - 1, stages, start: 0, isOver: true }
}
