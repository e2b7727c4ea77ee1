/** `ws.connect(url, [params,] callback)` in its two forms: one that pauses the VU, and one for callers that cannot pause. */

import { PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { connectArguments } from './arguments.js'
import { WsSession } from './session.js'

type ConnectFunction = ((url: unknown, callback: unknown) => unknown) & { [PAUSE]?: (...args: unknown[]) => Twin }

export function createConnect(vu: VirtualUser): ConnectFunction {
  // This function is no generator: with `yield*` each level of generators costs time with every message.
  const twin = (...args: unknown[]): Twin => {
    if (vu.phase === 'init') throw new HostError('using websockets in the init context is not supported')
    return new WsSession(vu, connectArguments(vu, args)).run()
  }
  // Two parameters, because `connect.length` is 2 on k6; a third argument is read from `arguments`.
  const connect: ConnectFunction = function connect(_url: unknown, _callback: unknown) {
    return vu.runtime.run(twin(...arguments))
  }
  connect[PAUSE] = twin
  return connect
}
