/**
 * `check(value, checks, tags?)`: yes/no assertions that are recorded and never end the iteration.
 *
 * Source  docs/spec/metrics-and-modules.md §7.2
 */
import type { TagSet } from '../../metrics/tag-set.js'
import { call, PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import { HostError } from '../../vu/host-error.js'
import { isAsyncFunction } from '../../vu/script-calls.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { metricTags } from '../call-params.js'
import { assertName } from './group.js'

type CheckFunction = ((value: unknown, checks: unknown, tags?: unknown) => boolean) & {
  [PAUSE]?: (value: unknown, checks: unknown, tags?: unknown) => Twin
}
type Condition = ((value: unknown) => unknown) & { [PAUSE]?: unknown }

const ASYNC_CONDITION =
  'the built-in check() does not support async functions as arguments. Use the JavaScript utils library as a ' +
  'replacement. Refer to https://grafana.com/docs/k6/latest/javascript-api/jslib/utils/check/ for more info'

export function createCheck(vu: VirtualUser): CheckFunction {
  const check: CheckFunction = (value, checks, tags) => {
    const recorder = new CheckRecorder(vu, checks, tags)
    for (const name of recorder.names) recorder.record(name, recorder.conditionOf(name), value)
    return recorder.allPassed
  }
  check[PAUSE] = (value, checks, tags) => pausableCheck(new CheckRecorder(vu, checks, tags), value)
  return check
}

function* pausableCheck(recorder: CheckRecorder, value: unknown): Twin {
  for (const name of recorder.names) {
    const test = recorder.conditionOf(name)
    if (typeof test === 'function' && (test as Condition)[PAUSE] !== undefined) {
      let result: unknown
      try {
        result = yield* call(test as never, undefined, value)
      } catch (error) {
        recorder.add(name, false)
        throw error
      }
      recorder.add(name, passes(result))
    } else {
      recorder.record(name, test, value)
    }
  }
  return recorder.allPassed
}

/** A promise would always count as true. So it is refused as a condition, and nothing is counted. */
function passes(result: unknown): boolean {
  if (result instanceof Promise) throw new HostError(ASYNC_CONDITION)
  return Boolean(result)
}

/** One call of `check`: validates its arguments, and adds the samples. */
class CheckRecorder {
  readonly names: readonly string[]
  allPassed = true
  readonly #vu: VirtualUser
  readonly #checks: Record<string, unknown>
  readonly #tags: TagSet

  constructor(vu: VirtualUser, checks: unknown, tags: unknown) {
    if (vu.phase === 'init') throw new HostError('Using check() in the init context is not supported')
    if (checks === undefined || checks === null) throw new TypeError('no checks provided to `check`')
    this.#vu = vu
    this.#checks = checks as Record<string, unknown>
    this.names = typeof checks === 'object' ? Object.keys(checks) : []
    this.#tags = tags === undefined || tags === null ? vu.tags : vu.tags.withAll(metricTags(tags, 'check()'))
  }

  conditionOf(name: string): unknown {
    const test = this.#checks[name]
    if (isAsyncFunction(test)) throw new HostError(ASYNC_CONDITION)
    return test
  }

  /** Evaluates a condition. When it throws, the check has failed, and the script gets the exception. */
  record(name: string, test: unknown, value: unknown): void {
    let result: unknown
    try {
      result = typeof test === 'function' ? (test as Condition)(value) : test
    } catch (error) {
      this.add(name, false)
      throw error
    }
    this.add(name, passes(result))
  }

  add(name: string, passed: boolean): void {
    assertName(name)
    const vu = this.#vu
    if (!passed) this.allPassed = false
    const tags = vu.shard.settings.systemTags.has('check') ? this.#tags.with('check', name) : this.#tags
    vu.shard.registry.series(vu.shard.builtins.checks, tags).add(passed ? 1 : 0)
    vu.shard.checks.add(vu.scenario?.info.name, vu.groupPath, name, passed)
  }
}
