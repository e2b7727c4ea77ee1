/** Module `k6`: check, fail, group, randomSeed, sleep. */
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { BuiltinModule } from '../module.js'
import type { World } from '../world.js'
import { createCheck } from './check.js'
import { createGroup } from './group.js'
import { createSleep } from './sleep.js'

export const k6: BuiltinModule = {
  create: (vu: VirtualUser, world: World) => ({
    check: createCheck(vu),
    fail(message: unknown): never {
      throw new HostError(String(message))
    },
    group: createGroup(vu),
    randomSeed(seed: unknown): void {
      world.setRandom(seededRandom(Number(seed)))
    },
    sleep: createSleep(vu),
  }),
}

/**
 * `randomSeed(n)`: makes `Math.random` of one VU repeatable.
 *
 * Source  mulberry32, a generator in the public domain with 32 bits of state; it is not for cryptography
 */
function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
