/**
 * Values that are about to be called, constructed, iterated over or taken apart, where the language would name them by the compiled
 * text in its error. Each is passed on when it is what it must be. What is called comes after the arguments, so instead of a value that
 * is no function there is one that throws.
 */
import type { AnyFunction } from './marks.js'

/** What is called instead of a value that is not a function. */
export function uncallable(text: string): AnyFunction {
  return () => {
    throw new TypeError(`${text} is not a function`)
  }
}

export function callee(value: unknown, text: string): unknown {
  if (typeof value !== 'function') return uncallable(text)
  return value.call === nativeCall ? value : wrapped(value as AnyFunction)
}

export const nativeCall = Function.prototype.call

/** What is called instead of a function that has a property `call` of its own. */
export function wrapped(fn: AnyFunction): AnyFunction {
  return function (...args) {
    return Reflect.apply(fn, this, args)
  }
}

/** An object whose method `key` is called next. */
export function holder(object: any, key: string, text: string): unknown {
  return typeof object[key] === 'function' ? object : { [key]: uncallable(text) }
}

export function constructible(value: unknown, text: string): unknown {
  if (isConstructor(value)) return value
  return class {
    constructor() {
      throw new TypeError(`${text} is not a constructor`)
    }
  }
}

function isConstructor(value: unknown): boolean {
  if (typeof value !== 'function') return false
  try {
    // As `new.target`, nothing of it is called.
    Reflect.construct(Object, [], value)
    return true
  } catch {
    return false
  }
}

export function iterable(value: any, text: string): unknown {
  if (value === null || value === undefined || typeof value[Symbol.iterator] !== 'function') {
    throw new TypeError(`${text} is not iterable`)
  }
  return value
}

/** In arguments: the language says nothing of the value when it is there. */
export function spread(value: unknown, text: string): unknown {
  if (value === null || value === undefined)
    throw new TypeError(`${text} is not iterable (cannot read property undefined)`)
  return value
}

export function asyncIterable(value: any, text: string): unknown {
  const method = value?.[Symbol.asyncIterator] ?? value?.[Symbol.iterator]
  if (typeof method !== 'function') throw new TypeError(`${text} is not async iterable`)
  return value
}

/** @param text `Cannot destructure property 'a' of 'f(...)'` */
export function destructible(value: unknown, text: string): unknown {
  if (value === null || value === undefined) throw new TypeError(`${text} as it is ${value}.`)
  return value
}
