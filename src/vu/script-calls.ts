/** Calls of functions that a script has handed over: handlers of sockets, callbacks of timers. */
import { PAUSE, type Twin } from '../pausable/runtime/pause.js'
import type { TaggedVu } from './tagged-vu.js'

/** A function of the script, and its form that may pause if it has one. */
export type ScriptFunction = ((...args: unknown[]) => unknown) & { [PAUSE]?: (...args: unknown[]) => Twin }

const AsyncFunction = (async () => {}).constructor

export function isAsyncFunction(fn: unknown): boolean {
  return fn instanceof AsyncFunction
}

/** Calls a function of the script from a task: through its twin when it has one. Its result is of no interest. */
export function callScript(
  fn: (...args: never[]) => unknown,
  self: unknown,
  args: readonly unknown[],
): Twin | undefined {
  const callee = fn as ScriptFunction
  const twin = callee[PAUSE]
  if (twin !== undefined) return twin.apply(self, args as unknown[])
  Reflect.apply(callee, self, args)
  return undefined
}

/**
 * Runs what calls a function of the script in the group in which the script handed it over: that of a timer, or of a socket with
 * listeners. Only for a group other than the present one, which is rare.
 */
export function inGroup(vu: TaggedVu, group: string, run: () => Twin | undefined): Twin | undefined {
  const { groupPath, groupTag } = vu
  vu.setGroup(group)
  let twin: Twin | undefined
  try {
    twin = run()
  } finally {
    if (twin === undefined) vu.setGroup(groupPath, groupTag)
  }
  return twin === undefined ? undefined : leavingGroup(vu, twin, groupPath, groupTag)
}

function* leavingGroup(vu: TaggedVu, twin: Twin, path: string, tag: string | null | undefined): Twin {
  try {
    return yield* twin
  } finally {
    vu.setGroup(path, tag)
  }
}
