/**
 * A SharedArray as scripts see it: an array to read, whose elements are made when they are asked for and never kept.
 *
 * Errors  TypeError `SharedArray is immutable` for everything that would change it
 */
import type { SharedData } from './shared-data.js'

type View = unknown[]

/** `target`: an array of the same length without elements, so that `length` and Array.isArray are the language's own. */
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
      // Not configurable would be truer; the language allows that only for what the target really has.
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

/** The array index that a property key is; undefined for other keys. Hot: once per element read. */
function indexOf(key: string | symbol): number | undefined {
  if (typeof key === 'symbol') return undefined
  const first = key.charCodeAt(0)
  if (first < 48 || first > 57) return undefined
  const index = Number(key)
  return index <= LARGEST_INDEX && String(index) === key ? index : undefined
}
