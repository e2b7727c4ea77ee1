/** The methods of iterators, which may pause: those of generators of the script, and functions of the script themselves. */
import { PAUSE, type Twin } from './pause.js'

export type Mode = 'next' | 'return' | 'throw'

/** Calls a method of an iterator in its pausable form, if it has one. */
export function* callIterator(iterator: any, mode: Mode, value: unknown): Twin {
  const method = iterator[mode]
  const result = method?.[PAUSE] ? yield* method[PAUSE].call(iterator, value) : iterator[mode](value)
  if (result === null || typeof result !== 'object')
    throw new TypeError(`Iterator result ${String(result)} is not an object`)
  return result
}
