/**
 * Twins for the built-in methods that call back into the script: `items.forEach(() => sleep(1))` pauses like a loop. They are
 * properties under the symbol PAUSE of the realm's own functions, invisible to scripts.
 *
 * A twin whose callback cannot pause calls the built-in. Otherwise it follows the steps of the standard.
 */

import { replaceFunctionConstructors } from './constructed-code.js'
import { Steps } from './generator.js'
import { keepFormsOwn } from './own-forms.js'
import { call, PAUSE, type Twin } from './pause.js'
import { givePausesToProxies } from './proxies.js'

type Callback = ((...args: unknown[]) => unknown) & { [PAUSE]?: CallbackTwin }
type CallbackTwin = (...args: unknown[]) => Twin
type Native = (this: unknown, ...args: any[]) => unknown
type TwinMethod = (this: any, ...args: any[]) => Twin
type Realm = typeof globalThis

/** Adds the twins to a realm's built-ins. A second call does nothing. */
export function installNativeTwins(realm: Realm = globalThis): void {
  if (Object.hasOwn(realm.Array.prototype.forEach, PAUSE)) return
  const typed = Object.getPrototypeOf(realm.Uint8Array.prototype)
  for (const [name, twin] of Object.entries(iterations)) {
    define(realm.Array.prototype, name, guarded(twin))
    if (typed[name]) define(typed, name, guarded(twin))
  }
  define(realm.Array.prototype, 'flatMap', guarded(flatMap))
  define(realm.Map.prototype, 'forEach', guarded(entriesForEach(realm.Map.prototype.entries)))
  define(realm.Set.prototype, 'forEach', guarded(entriesForEach(realm.Set.prototype.entries)))
  define(realm.Array, 'from', arrayFrom)
  define(Object.getPrototypeOf(realm.Uint8Array), 'from', arrayFrom)
  define(realm.Function.prototype, 'call', functionCall)
  define(realm.Function.prototype, 'apply', functionApply)
  define(realm.Function.prototype, 'bind', functionBind)
  define(realm.Reflect, 'apply', reflectApply)
  keepFormsOwn(realm)
  replaceFunctionConstructors(realm)
  givePausesToProxies(realm)
}

function define(owner: object, name: string, makeTwin: (native: Native) => TwinMethod): void {
  const native = (owner as Record<string, Native | undefined>)[name]
  // A Node without the method (`findLast` is new) gets no twin for it.
  if (native) Object.defineProperty(native, PAUSE, { value: makeTwin(native), configurable: true })
}

/** The twin for callbacks that may pause, the built-in for others. */
function guarded(twin: TwinMethod): (native: Native) => TwinMethod {
  return (native) =>
    function* (this: unknown, callback: Callback, ...rest: unknown[]): Twin {
      if (this === null || this === undefined || typeof callback !== 'function' || !callback[PAUSE]) {
        return native.call(this, callback, ...rest)
      }
      return yield* twin.call(this, callback[PAUSE], ...rest)
    }
}

function has(items: any, index: number): boolean {
  return ArrayBuffer.isView(items) || index in items
}

function lengthOf(items: any): number {
  const length = Math.trunc(Number(items.length))
  return length > 0 ? Math.min(length, Number.MAX_SAFE_INTEGER) : 0
}

/** An empty array of the class that the built-in would make. */
function emptyLike(items: any): unknown[] {
  return Array.isArray(items) ? (Array.prototype.slice.call(items, 0, 0) as unknown[]) : []
}

const iterations: Record<string, TwinMethod> = {
  *forEach(callback: CallbackTwin, self?: unknown): Twin {
    const items = Object(this)
    const length = lengthOf(items)
    for (let i = 0; i < length; i++) {
      if (has(items, i)) yield* callback.call(self, items[i], i, items)
    }
    return undefined
  },

  *map(callback: CallbackTwin, self?: unknown): Twin {
    const items = Object(this)
    const length = lengthOf(items)
    const result = ArrayBuffer.isView(items) ? new (items.constructor as any)(length) : emptyLike(items)
    for (let i = 0; i < length; i++) {
      if (!has(items, i)) continue
      result[i] = yield* callback.call(self, items[i], i, items)
    }
    if (Array.isArray(result)) result.length = length
    return result
  },

  *filter(callback: CallbackTwin, self?: unknown): Twin {
    const items = Object(this)
    const length = lengthOf(items)
    const kept = emptyLike(items)
    for (let i = 0; i < length; i++) {
      if (!has(items, i)) continue
      const item = items[i]
      if (yield* callback.call(self, item, i, items)) kept.push(item)
    }
    return ArrayBuffer.isView(items) ? new (items.constructor as any)(kept) : kept
  },

  *some(callback: CallbackTwin, self?: unknown): Twin {
    const items = Object(this)
    const length = lengthOf(items)
    for (let i = 0; i < length; i++) {
      if (!has(items, i)) continue
      if (yield* callback.call(self, items[i], i, items)) return true
    }
    return false
  },

  *every(callback: CallbackTwin, self?: unknown): Twin {
    const items = Object(this)
    const length = lengthOf(items)
    for (let i = 0; i < length; i++) {
      if (!has(items, i)) continue
      if (!(yield* callback.call(self, items[i], i, items))) return false
    }
    return true
  },

  *find(callback: CallbackTwin, self?: unknown): Twin {
    const items = Object(this)
    const found = (yield* search(items, callback, self, false)) as number
    return found < 0 ? undefined : lastItem
  },

  *findIndex(callback: CallbackTwin, self?: unknown): Twin {
    return yield* search(Object(this), callback, self, false)
  },

  *findLast(callback: CallbackTwin, self?: unknown): Twin {
    const items = Object(this)
    const found = (yield* search(items, callback, self, true)) as number
    return found < 0 ? undefined : lastItem
  },

  *findLastIndex(callback: CallbackTwin, self?: unknown): Twin {
    return yield* search(Object(this), callback, self, true)
  },

  *reduce(callback: CallbackTwin, ...initial: unknown[]): Twin {
    return yield* fold(Object(this), callback, initial, false)
  },

  *reduceRight(callback: CallbackTwin, ...initial: unknown[]): Twin {
    return yield* fold(Object(this), callback, initial, true)
  },
}

/** The item that `search` found, taken by its caller at once. */
let lastItem: unknown

function* search(items: any, callback: CallbackTwin, self: unknown, backwards: boolean): Twin {
  const length = lengthOf(items)
  for (let n = 0; n < length; n++) {
    const i = backwards ? length - 1 - n : n
    const item = items[i]
    if (!(yield* callback.call(self, item, i, items))) continue
    lastItem = item
    return i
  }
  return -1
}

function* fold(items: any, callback: CallbackTwin, initial: unknown[], backwards: boolean): Twin {
  const length = lengthOf(items)
  let filled = initial.length > 0
  let result = initial[0]
  for (let n = 0; n < length; n++) {
    const i = backwards ? length - 1 - n : n
    if (!has(items, i)) continue
    result = filled ? yield* callback.call(undefined, result, items[i], i, items) : items[i]
    filled = true
  }
  if (!filled) throw new TypeError('Reduce of empty array with no initial value')
  return result
}

function* flatMap(this: any, callback: CallbackTwin, self?: unknown): Twin {
  const items = Object(this)
  const length = lengthOf(items)
  const result = emptyLike(items)
  for (let i = 0; i < length; i++) {
    if (!has(items, i)) continue
    const value = yield* callback.call(self, items[i], i, items)
    if (Array.isArray(value))
      value.forEach((item) => {
        result.push(item)
      })
    else result.push(value)
  }
  return result
}

/** Map and Set: entries added during the loop are visited too, as their iterators do. */
function entriesForEach(entries: () => Iterator<[unknown, unknown]>): TwinMethod {
  return function* (this: any, callback: CallbackTwin, self?: unknown): Twin {
    const iterator = entries.call(this) as IterableIterator<[unknown, unknown]>
    for (const [key, value] of iterator) yield* callback.call(self, value, key, this)
    return undefined
  }
}

function arrayFrom(native: Native): TwinMethod {
  return function* (this: any, items: any, callback?: Callback, self?: unknown): Twin {
    const twin = typeof callback === 'function' ? callback[PAUSE] : undefined
    const isMappable = callback === undefined || typeof callback === 'function'
    if (items === null || items === undefined || !isMappable) return native.call(this, items, callback, self)
    const steps = new Steps(items)
    if (!twin && !steps.pauses) return native.call(this, steps.source, callback, self)
    const made = (yield* collect(steps, items, callback, self)) as unknown[]
    return this === Array ? made : native.call(this, made)
  }
}

/** The items of an iterable or like those of an array, each as the callback gives it. Both may pause. */
function* collect(steps: Steps, items: any, callback: Callback | undefined, self: unknown): Twin {
  const made: unknown[] = []
  const isIterable = typeof items[Symbol.iterator] === 'function'
  const source = isIterable ? (steps.source as Iterable<unknown>) : arrayLikeItems(items)
  try {
    for (const step of source) {
      if (yield* steps.isOver(step)) break
      made.push(callback === undefined ? steps.value : yield* call(callback, self, steps.value, made.length))
    }
  } catch (error) {
    if (steps.pauses) yield* steps.abandon() as Twin
    throw error
  }
  return made
}

function* arrayLikeItems(items: any): Generator<unknown> {
  const length = lengthOf(items)
  for (let i = 0; i < length; i++) yield items[i]
}

function functionCall(native: Native): TwinMethod {
  return function* (this: Callback, self: unknown, ...args: unknown[]): Twin {
    return this?.[PAUSE] ? yield* this[PAUSE].apply(self, args) : native.call(this, self, ...args)
  }
}

function functionApply(native: Native): TwinMethod {
  return function* (this: Callback, self: unknown, args: any): Twin {
    return this?.[PAUSE] ? yield* this[PAUSE].apply(self, args) : native.call(this, self, args)
  }
}

function functionBind(native: Native): TwinMethod {
  // biome-ignore lint/correctness/useYield: a twin that never pauses
  return function* (this: Callback, ...args: unknown[]): Twin {
    return typeof this === 'function' ? boundWithTwin(this, args) : native.apply(this, args)
  }
}

/** A bound function, and its twin bound in the same way. */
export function boundWithTwin(fn: Callback, args: unknown[]): unknown {
  const { bind } = Function.prototype
  const bound = bind.apply(fn, args as [unknown]) as Callback
  if (fn[PAUSE]) bound[PAUSE] = bind.apply(fn[PAUSE], args as [unknown]) as never
  return bound
}

function reflectApply(native: Native): TwinMethod {
  return function* (this: unknown, fn: Callback, self: unknown, args: unknown[]): Twin {
    return fn?.[PAUSE] ? yield* fn[PAUSE].apply(self, args) : native.call(this, fn, self, args)
  }
}
