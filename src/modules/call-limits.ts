/** The time and size limits of one call: the test's, and over them those among the call's parameters. */
import { limitsOfCall, type SocketLimits } from '../net/limits.js'
import { HostError } from '../vu/host-error.js'
import type { VirtualUser } from '../vu/virtual-user.js'

/** Throws a HostError for a value that is no limit. */
export function callLimits(vu: VirtualUser, params: object): SocketLimits {
  try {
    return limitsOfCall(params, vu.shard.dialer.limits)
  } catch (error) {
    throw new HostError((error as Error).message)
  }
}
