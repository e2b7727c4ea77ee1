/** The time and size limits of one call: those of the test, unless the call's own parameters set others. */
import { limitsOfCall, type SocketLimits } from '../net/limits.js'
import { HostError } from '../vu/host-error.js'
import type { VirtualUser } from '../vu/virtual-user.js'

/** Throws a HostError when a limit among the parameters has a wrong value. */
export function callLimits(vu: VirtualUser, params: object): SocketLimits {
  try {
    return limitsOfCall(params, vu.shard.dialer.limits)
  } catch (error) {
    throw new HostError((error as Error).message)
  }
}
