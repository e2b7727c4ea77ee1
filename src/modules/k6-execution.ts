/**
 * Module `k6/execution`: what is running, where and for whom, as live getters; `test.abort` and `test.fail`.
 *
 * Source  docs/spec/metrics-and-modules.md §7.3
 */

import { PAUSE, type Pausable, type Twin } from '../pausable/runtime/pause.js'
import { HostError, TestAborted } from '../vu/host-error.js'
import type { ScenarioContext } from '../vu/scenario-context.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import { isTagValue } from './call-params.js'
import type { BuiltinModule } from './module.js'

export const k6Execution: BuiltinModule = {
  create: (vu) => {
    const [instance, scenario, test, own] = [instanceOf(vu), scenarioOf(vu), testOf(vu), vuOf(vu)]
    return getters({
      instance: () => outsideInit(vu, 'instance', instance),
      scenario: () => scenario,
      test: () => test,
      vu: () => outsideInit(vu, 'VU', own),
    })
  },
}

function outsideInit<T>(vu: VirtualUser, what: string, part: T): T {
  if (vu.phase === 'init') throw new HostError(`getting ${what} information in the init context is not supported`)
  return part
}

function getters(properties: Record<string, () => unknown>): object {
  const descriptors = Object.entries(properties).map(([name, get]) => [name, { enumerable: true, get }])
  return Object.defineProperties({}, Object.fromEntries(descriptors))
}

function instanceOf(vu: VirtualUser): object {
  return getters({
    currentTestRunDuration: () => vu.shard.instance.currentTestRunDuration,
    iterationsCompleted: () => vu.shard.instance.iterationsCompleted,
    iterationsInterrupted: () => vu.shard.instance.iterationsInterrupted,
    vusActive: () => vu.shard.instance.vusActive,
    vusInitialized: () => vu.shard.instance.vusInitialized,
  })
}

function scenarioOf(vu: VirtualUser): object {
  const context = (): ScenarioContext => {
    if (vu.scenario === null) {
      throw new HostError('getting scenario information outside of the VU context is not supported')
    }
    return vu.scenario
  }
  return getters({
    name: () => context().info.name,
    executor: () => context().info.executor,
    startTime: () => context().info.startTime,
    progress: () => context().info.progress(),
    iterationInInstance: () => context().iterationInInstance,
    iterationInTest: () => context().iterationInTest,
  })
}

function testOf(vu: VirtualUser): object {
  return {
    abort: createAbort(vu),
    fail(message?: unknown): void {
      if (vu.phase === 'init') throw new HostError('execution.test.fail() called outside of VU context')
      vu.shard.failTest(textOf(message))
    },
    get options() {
      if (vu.phase === 'init') throw new HostError('getting test options in the init context is not supported')
      return vu.shard.scriptOptions
    },
  }
}

/**
 * `test.abort()` is a pause that never ends, so no `catch` and no `finally` of the script runs. Where the script cannot pause, for example in
 * the function that it gives to `sort`, an exception ends what runs; the VU is interrupted right after.
 */
function createAbort(vu: VirtualUser): Pausable {
  const begin = (message: unknown): void => {
    endIteration(vu)
    vu.shard.abortTest(vu, textOf(message))
  }
  const abort: Pausable = (message?: unknown): never => {
    begin(message)
    throw new TestAborted(textOf(message))
  }
  abort[PAUSE] = function* (message?: unknown): Twin {
    begin(message)
    yield { call: 'test.abort()', start: () => {} }
    return undefined
  }
  return abort
}

/** Unlike null, which is the text `null`, a message that is not given is empty. */
function textOf(message: unknown): string {
  return message === undefined ? '' : String(message)
}

/** The iteration that aborts the test counts as finished, so its open groups are measured, too. */
function endIteration(vu: VirtualUser): void {
  vu.hasAborted = true
  vu.openGroup?.leaveAll()
}

function vuOf(vu: VirtualUser): object {
  const tags = valuesProxy(vu, 'customTags', 'metric tag', 'a metric tag values')
  const metadata = valuesProxy(vu, 'customMetadata', 'metric metadata', 'a metric metadata value')
  // Getters, because a script may write `vu.metrics.tags = { a: 1 }`: that must fail, and not set tags that no sample gets.
  const metrics = getters({ tags: () => tags, metadata: () => metadata })
  return getters({
    idInInstance: () => vu.idInInstance,
    idInTest: () => vu.idInTest,
    iterationInInstance: () => Math.max(0, vu.iteration),
    iterationInScenario: () => Math.max(0, vu.scenario?.iterationInScenario ?? 0),
    tags: () => tags,
    metrics: () => metrics,
  })
}

/** An object whose properties are the VU's tags, or its metadata. Scripts read, set, delete and list them. */
function valuesProxy(vu: VirtualUser, field: 'customTags' | 'customMetadata', what: string, plural: string): object {
  const visible = (): Record<string, string> =>
    field === 'customTags' ? vu.tags.toObject() : { ...(vu.metadata ?? {}) }
  return new Proxy(Object.create(null) as Record<string, string>, {
    get: (_target, key) => (typeof key === 'string' ? visible()[key] : undefined),
    has: (_target, key) => typeof key === 'string' && key in visible(),
    ownKeys: () => Object.keys(visible()),
    getOwnPropertyDescriptor: (_target, key) => {
      const property = Object.getOwnPropertyDescriptor(visible(), key)
      return property && { ...property, configurable: true }
    },
    set: (_target, key, value) => {
      if (!isTagValue(value)) {
        throw new TypeError(
          `invalid value for ${what} '${String(key)}': only String, Boolean and Number types are accepted as ${plural}`,
        )
      }
      if (field === 'customTags' && key === 'group') vu.groupTag = String(value)
      else Object.assign(vu, { [field]: { ...vu[field], [String(key)]: String(value) } })
      vu.refreshTags()
      return true
    },
    deleteProperty: (_target, key) => {
      const { [String(key)]: _removed, ...rest } = vu[field]
      if (field === 'customMetadata') vu.customMetadata = rest as Record<string, string>
      else if (key === 'group') vu.groupTag = null
      // Null hides a tag that is not the script's own, but that of the run or of the scenario.
      else vu.customTags = { ...rest, [String(key)]: null }
      vu.refreshTags()
      return true
    },
  })
}
