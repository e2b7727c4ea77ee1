/**
 * `node:util` in a virtual user: Node's own, but that a function made of another does not take over its pausable form. Node copies the
 * properties of the original, and that form is one of them: calling the copy would call the original.
 */
import util from 'node:util'
import { PAUSE } from '../pausable/runtime/pause.js'

type Method = (...args: unknown[]) => unknown
type Forms = { [PAUSE]?: unknown }

function ofItsOwn(make: (original: Method) => Method): (original: Method) => Method {
  return (original) => {
    const made = make(original) as Method & Forms
    // One that has its own promise form is given back as it is.
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
