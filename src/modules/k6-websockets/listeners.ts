/**
 * The listeners of one event of one socket, and calling them.
 *
 * Shape   adding or removing a listener makes a new list, so a loop over the old list is not disturbed
 * Order   as they were added. The `on…` handler comes first on k6; in the standard it has its place in the order, too
 */
import { PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import { callScript } from '../../vu/script-calls.js'
import { isStopped } from './events.js'

export type ListenerFunction = (event: never) => unknown
export type Callback = ListenerFunction | { handleEvent(event: never): unknown }
export type Listeners = readonly Listener[] | null

export class Listener {
  readonly callback: Callback
  readonly isOnce: boolean
  /** True for the value of the `on…` property. */
  readonly isHandler: boolean
  /** Set when it is removed. A loop that still has it in its list does not call it. */
  isRemoved = false
  /** True for a function that cannot pause, has no `call` of its own, and is called for each event (no `once`): `callListeners` calls it directly. */
  readonly isPlain: boolean

  constructor(callback: Callback, isHandler: boolean, isOnce: boolean) {
    this.callback = callback
    this.isHandler = isHandler
    this.isOnce = isOnce
    this.isPlain =
      typeof callback === 'function' && callback.call === Function.prototype.call && !(PAUSE in callback) && !isOnce
  }
}

export function handlerOf(listeners: Listeners): unknown {
  return listeners?.find((listener) => listener.isHandler)?.callback ?? null
}

/** The list after the script has set the `on…` property; `callback` is null when it has cleared it. */
export function withHandler(listeners: Listeners, callback: Callback | null, isFirst: boolean): Listeners {
  const others = without(listeners, (listener) => listener.isHandler)
  if (callback === null) return others
  const handler = new Listener(callback, true, false)
  return isFirst ? [handler, ...(others ?? [])] : [...(others ?? []), handler]
}

export function withListener(listeners: Listeners, listener: Listener): Listeners {
  return listeners === null ? [listener] : [...listeners, listener]
}

export function hasCallback(listeners: Listeners, callback: unknown): boolean {
  return listeners?.some((listener) => !listener.isHandler && listener.callback === callback) ?? false
}

export function withoutCallback(listeners: Listeners, callback: unknown): Listeners {
  return without(listeners, (listener) => !listener.isHandler && listener.callback === callback)
}

/** The list without those that are meant, which are not called any more. */
export function without(listeners: Listeners, isMeant: (listener: Listener) => boolean): Listeners {
  if (listeners === null) return null
  const rest = listeners.filter((listener) => !isMeant(listener))
  for (const listener of listeners) if (isMeant(listener)) listener.isRemoved = true
  return rest.length === 0 ? null : rest
}

/** The socket that has the listeners. It removes a listener with `once` before the call. */
export interface ListenerOwner {
  removeListener(type: string, listener: Listener): void
}

/**
 * Hot. Calls the listeners in order with `self` as `this`. An exception of one is thrown on, and those after it are not called. When one may
 * pause, the result is a generator that calls this one and those after it.
 */
export function callListeners(
  listeners: readonly Listener[],
  owner: ListenerOwner,
  self: object,
  event: object,
): Twin | undefined {
  for (let i = 0; i < listeners.length; i++) {
    const listener = listeners[i] as Listener
    if (!listener.isPlain) return callOneByOne(listeners, i, owner, self, event)
    if (listener.isRemoved || (i > 0 && isStopped(event))) continue
    ;(listener.callback as ListenerFunction).call(self, event as never)
  }
  return undefined
}

function* callOneByOne(
  listeners: readonly Listener[],
  from: number,
  owner: ListenerOwner,
  self: object,
  event: object,
): Twin {
  for (let i = from; i < listeners.length; i++) {
    const listener = listeners[i] as Listener
    if (listener.isRemoved || (i > 0 && isStopped(event))) continue
    if (listener.isOnce) {
      owner.removeListener((event as Event).type, listener)
    }
    const { callback } = listener
    const twin =
      typeof callback === 'function'
        ? callScript(callback, self, [event])
        : callScript(callback.handleEvent, callback, [event])
    if (twin !== undefined) yield* twin
  }
  return undefined
}
