/**
 * `AbortSignal.timeout()` of Node fires from a timer of Node's, outside all turns. The one of a shard counts on the VU's clock and fires as a
 * task of the VU that made the signal. As in Node it holds no iteration open.
 */
import type { VirtualUser } from '../vu/virtual-user.js'
import { currentVuOrNone } from './current.js'

interface Limit {
  readonly vu: VirtualUser
  readonly controller: AbortController
}

export function installAbortSignalTimeout(): void {
  const ofNode = AbortSignal.timeout
  const timeout = (delay: unknown): AbortSignal => {
    const ms = Number(delay)
    const vu = currentVuOrNone()
    // Node says what is wrong with a number that is no time.
    if (vu === null || !(ms >= 0)) return ofNode.call(AbortSignal, delay as number)
    const controller = new AbortController()
    vu.shard.timers.add(ms, postAbort, { vu, controller })
    return controller.signal
  }
  Object.defineProperty(AbortSignal, 'timeout', {
    value: timeout,
    writable: true,
    configurable: true,
    enumerable: true,
  })
}

function postAbort({ vu, controller }: Limit): void {
  vu.post(abort, controller, undefined)
}

function abort(controller: AbortController): void {
  controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
}
