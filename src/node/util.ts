/**
 * `node:util` in a virtual user: Node's own, with one change. promisify and callbackify copy the properties of a function to the new one, also its
 * pausable form (PAUSE); a call of the new function would then run the original. Here the copy of that form is removed.
 */
import util from 'node:util'
import { PAUSE } from '../pausable/runtime/pause.js'

type Method = (...args: unknown[]) => unknown
type Forms = { [PAUSE]?: unknown }

function ofItsOwn(make: (original: Method) => Method): (original: Method) => Method {
  return (original) => {
    const made = make(original) as Method & Forms
    // A function with a promise form of its own: util.promisify gives that form and copies nothing.
    if (made === original || made === (original as { [util.promisify.custom]?: Method })?.[util.promisify.custom]) {
      return made
    }
    delete made[PAUSE]
    return made
  }
}

export function utilModule(): object {
  const promisify = Object.assign(ofItsOwn(util.promisify as never), { custom: util.promisify.custom })
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(util),
      promisify: { value: promisify, writable: true, enumerable: true, configurable: true },
      callbackify: { value: ofItsOwn(util.callbackify as never), writable: true, enumerable: true, configurable: true },
    },
  )
}
