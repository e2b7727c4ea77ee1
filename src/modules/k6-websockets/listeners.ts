/**
 * The listeners of one event of one socket, and calling them.
 *
 * Shape   a list is never changed, only replaced: whoever is calling its listeners goes through the list as it was
 * Order   the `on…` handler first (k6) or where it was set (standard), then the others as they were added
 */
import { callAny } from '../../pausable/runtime/call.js'
import { PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import { callScript } from '../../vu/virtual-user.js'
import { isStopped } from './events.js'

export type ListenerFunction = (event: never) => unknown
export type Callback = ListenerFunction | { handleEvent(event: never): unknown }
export type Listeners = readonly Listener[] | null

export class Listener {
  readonly callback: Callback
  readonly isOnce: boolean
  /** It is the value of the `on…` property. */
  readonly isHandler: boolean
  /** It was removed, maybe while listeners are being called. */
  isRemoved = false
  /** Nearly all are plain functions, which are called without more ado. */
  readonly isPlain: boolean

  constructor(callback: Callback, isHandler: boolean, isOnce: boolean) {
    this.callback = callback
    this.isHandler = isHandler
    this.isOnce = isOnce
    this.isPlain = typeof callback === 'function' && !(PAUSE in callback) && !isOnce
  }
}

export function handlerOf(listeners: Listeners): unknown {
  return listeners?.find((listener) => listener.isHandler)?.callback ?? null
}

/** A new value of the `on…` property; null for none. */
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

function without(listeners: Listeners, isMeant: (listener: Listener) => boolean): Listeners {
  if (listeners === null) return null
  const rest = listeners.filter((listener) => !isMeant(listener))
  for (const listener of listeners) if (isMeant(listener)) listener.isRemoved = true
  return rest.length === 0 ? null : rest
}

/** Whoever keeps the lists: told when a listener for one event has had it. */
export interface ListenerOwner {
  removeListener(type: string, listener: Listener): void
}

/** Hot. Calls them in order with `self` as `this`; an exception ends it. Gives a twin from the first one that may pause. */
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
    callAny(listener.callback as ListenerFunction as never, self, event)
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
