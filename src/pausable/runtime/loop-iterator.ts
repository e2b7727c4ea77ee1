/**
 * Iterators of `for…of` loops in quick forms: the loop may be left because its body paused, and a generator goes on with the same
 * iterator. Such an end of the loop must not close it.
 */
import { isPending } from './suspend.js'

const arrayIterator = Array.prototype[Symbol.iterator]
const ArrayIteratorPrototype = Object.getPrototypeOf([][Symbol.iterator]())

/** @param text the iterable in the script's own words, for the language's error when it is none. */
export function loopIterator(iterable: any, text: string): Iterable<unknown> {
  if (Array.isArray(iterable) && iterable[Symbol.iterator] === arrayIterator) {
    const iterator = iterable[Symbol.iterator]()
    if (iterator.return === undefined) return iterator
  }
  const iterate = iterable?.[Symbol.iterator]
  if (typeof iterate !== 'function') throw new TypeError(`${text} is not iterable`)
  const iterator: any = Reflect.apply(iterate, iterable, [])
  if (iterator === null || (typeof iterator !== 'object' && typeof iterator !== 'function')) {
    throw new TypeError('Result of the Symbol.iterator method is not an object')
  }
  const needsNoEnd = Object.getPrototypeOf(iterator) === ArrayIteratorPrototype && iterator.return === undefined
  return needsNoEnd ? iterator : new LoopIterator(iterator)
}

/** Begins with a turn whose value nobody looks at: that of the body that has paused. Leaving the loop closes the iterator. */
export function iterateAgain(iterator: any): Iterable<unknown> {
  let isFirst = true
  return {
    [Symbol.iterator]: () => ({
      next(): IteratorResult<unknown> {
        if (!isFirst) return iterator.next()
        isFirst = false
        return { value: undefined, done: false }
      },
      return: () => (iterator.return === undefined ? {} : iterator.return()),
    }),
  }
}

class LoopIterator {
  private readonly iterator: any
  private readonly step: unknown

  constructor(iterator: any) {
    this.iterator = iterator
    this.step = iterator.next
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<unknown> {
    return call(this.step, this.iterator)
  }

  return(): IteratorResult<unknown> {
    const { iterator } = this
    const close = isPending() ? undefined : iterator.return
    return close === undefined || close === null ? { value: undefined, done: true } : call(close, iterator)
  }
}

function call(method: unknown, iterator: object): IteratorResult<unknown> {
  if (typeof method !== 'function') throw new TypeError(`${typeof method} is not a function`)
  return Reflect.apply(method, iterator, [])
}
