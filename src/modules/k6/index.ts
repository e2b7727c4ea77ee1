/** Module `k6`: check, fail, group, randomSeed, sleep. */
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { BuiltinModule } from '../module.js'
import type { World } from '../world.js'
import { createCheck } from './check.js'
import { createGroup } from './group.js'
import { seededRandom } from './random.js'
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
