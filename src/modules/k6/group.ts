/**
 * `group(name, fn)`: runs `fn` with the `group` tag extended, and measures how long it took.
 *
 * Source  docs/spec/metrics-and-modules.md §7.2
 */

import { call, PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import { HostError } from '../../vu/host-error.js'
import { isAsyncFunction } from '../../vu/script-calls.js'
import type { OpenGroup } from '../../vu/tagged-vu.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

type GroupFunction = ((name: unknown, fn: unknown) => unknown) & { [PAUSE]?: (name: unknown, fn: unknown) => Twin }
type Body = () => unknown

const ASYNC_BODY =
  'group() does not support async functions as arguments, please see ' +
  'https://grafana.com/docs/k6/latest/javascript-api/k6/group/ for more info'

export function createGroup(vu: VirtualUser): GroupFunction {
  const group: GroupFunction = (name, fn) => {
    const body = validate(vu, fn)
    const scope = new GroupScope(vu, String(name))
    try {
      return body()
    } finally {
      scope.leave()
    }
  }
  group[PAUSE] = (name, fn) => pausableGroup(vu, name, fn)
  return group
}

function* pausableGroup(vu: VirtualUser, name: unknown, fn: unknown): Twin {
  const body = validate(vu, fn)
  const scope = new GroupScope(vu, String(name))
  try {
    return yield* call(body as never, undefined)
  } finally {
    scope.leave()
  }
}

function validate(vu: VirtualUser, fn: unknown): Body {
  if (vu.phase === 'init') throw new HostError('Using group() in the init context is not supported')
  if (typeof fn !== 'function') throw new HostError('group() requires a callback as a second argument')
  if (isAsyncFunction(fn)) throw new HostError(ASYNC_BODY)
  return fn as Body
}

/** The time between entering and leaving a group. */
class GroupScope implements OpenGroup {
  readonly #vu: VirtualUser
  readonly #outer: string
  readonly #outerScope: OpenGroup | null
  readonly #outerTag: string | null | undefined
  readonly #startedAt: number

  constructor(vu: VirtualUser, name: string) {
    assertName(name)
    this.#vu = vu
    this.#outer = vu.groupPath
    this.#outerTag = vu.groupTag
    this.#outerScope = vu.openGroup
    vu.openGroup = this
    this.#startedAt = vu.shard.clock.now()
    // A group without a name is the root.
    vu.setGroup(name === '' ? '' : `${this.#outer}::${name}`)
    vu.shard.checks.enter(vu.scenario?.info.name, vu.groupPath)
  }

  leaveAll(): void {
    this.leave()
    this.#outerScope?.leaveAll()
  }

  leave(): void {
    const vu = this.#vu
    const duration = vu.shard.clock.now() - this.#startedAt
    vu.shard.registry.series(vu.shard.builtins.group_duration, vu.tags).add(duration)
    vu.setGroup(this.#outer, this.#outerTag)
    vu.openGroup = this.#outerScope
  }
}

/** `::` separates the names in a group's path, so no name may contain it. */
export function assertName(name: string): void {
  if (name.includes('::')) throw new HostError("group and check names may not contain '::'")
}
