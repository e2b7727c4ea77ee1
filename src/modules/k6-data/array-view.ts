/**
 * A SharedArray as scripts see it: a read-only array. Reading an element makes it anew; no element is kept.
 *
 * Errors  TypeError `SharedArray is immutable` for everything that would change it
 */
import type { SharedData } from './shared-data.js'

type View = unknown[]

/** A proxy of an empty array of the same length, so that `length` and Array.isArray work as for every array. */
export function arrayView(data: SharedData): readonly unknown[] {
  const target: View = []
  target.length = data.length
  return new Proxy(target, {
    get: (view, key, receiver) => {
      const index = indexOf(key)
      return index === undefined ? Reflect.get(view, key, receiver) : index < data.length ? data.read(index) : undefined
    },
    has: (view, key) => {
      const index = indexOf(key)
      return index === undefined ? Reflect.has(view, key) : index < data.length
    },
    ownKeys: () => [...Array.from({ length: data.length }, (_, i) => String(i)), 'length'],
    getOwnPropertyDescriptor: (view, key) => {
      const index = indexOf(key)
      if (index === undefined) return Reflect.getOwnPropertyDescriptor(view, key)
      // It says configurable, because a proxy may call only those properties fixed that its target has.
      return index < data.length
        ? { value: data.read(index), writable: false, enumerable: true, configurable: true }
        : undefined
    },
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
    preventExtensions: refuse,
  })
}

function refuse(): never {
  throw new TypeError('SharedArray is immutable')
}

const LARGEST_INDEX = 2 ** 32 - 2

/** The index that a property key stands for; undefined for other keys. Hot: once for each element that is read. */
function indexOf(key: string | symbol): number | undefined {
  if (typeof key === 'symbol') return undefined
  const first = key.charCodeAt(0)
  if (first < 48 || first > 57) return undefined
  const index = Number(key)
  return index <= LARGEST_INDEX && String(index) === key ? index : undefined
}
