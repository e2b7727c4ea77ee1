/**
 * `AbortSignal` of one VU: the standard's, but `timeout()` counts on the VU's clock and calls back in its turns. It does not keep
 * an iteration open.
 */
import type { VirtualUser } from '../../vu/virtual-user.js'

export function createAbortSignal(vu: VirtualUser): object {
  const timeout = (delay: unknown): AbortSignal => {
    const ms = Number(delay)
    if (!(ms >= 0)) throw new RangeError('AbortSignal.timeout() takes a number of milliseconds')
    const controller = new AbortController()
    vu.shard.timers.add(ms, postAbort, { vu, controller })
    return controller.signal
  }
  return new Proxy(AbortSignal, {
    get: (target, key) => (key === 'timeout' ? timeout : Reflect.get(target, key, target)),
  })
}

interface Timeout {
  readonly vu: VirtualUser
  readonly controller: AbortController
}

function postAbort({ vu, controller }: Timeout): void {
  vu.post(abort, controller, undefined)
}

function abort(controller: AbortController): void {
  controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
}
