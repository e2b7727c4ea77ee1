/**
 * Module `k6/data`: SharedArray, data that is in memory once and that all virtual users read.
 *
 * Errors  HostError with k6's texts from the constructor
 * Source  docs/spec/metrics-and-modules.md §7.7
 */
import { HostError } from '../../vu/host-error.js'
import { isAsyncFunction } from '../../vu/script-calls.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { BuiltinModule } from '../module.js'
import type { World } from '../world.js'
import { arrayView } from './array-view.js'

export const k6Data: BuiltinModule = {
  create: (vu, world) => ({ SharedArray: sharedArrayClass(vu, world) }),
}

/** The SharedArray of a name. `make` is called for its elements when there is none with that name yet. */
export function sharedArrayOf({ environment }: World, name: string, make: () => unknown): readonly unknown[] {
  return arrayView(environment.sharedArrays.get(name, make))
}

function sharedArrayClass(vu: VirtualUser, world: World): object {
  class SharedArray {
    constructor(name?: unknown, make?: unknown) {
      if (vu.phase !== 'init') throw new HostError('new SharedArray must be called in the init context')
      const text = String(name ?? '')
      if (text === '') throw new HostError("empty name provided to SharedArray's constructor")
      if (typeof make !== 'function') {
        throw new HostError("a function is expected as the second argument of SharedArray's constructor")
      }
      if (isAsyncFunction(make)) {
        throw new HostError('SharedArray constructor does not support async functions as second argument')
      }
      // biome-ignore lint/correctness/noConstructorReturn: `new SharedArray` gives an array, and a class cannot make one
      return sharedArrayOf(world, text, () => make())
    }
  }
  return SharedArray
}
