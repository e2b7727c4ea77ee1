/**
 * `AbortSignal.timeout()` of Node fires from a timer of Node's, outside all turns. The one of a shard fires as a task of the VU that made
 * the signal. As in Node it holds nothing open.
 */
import { currentVuOrNone } from './current.js'
import { timersModule } from './timers.js'

export function installAbortSignalTimeout(): void {
  const ofNode = AbortSignal.timeout
  const timeout = (ms: number): AbortSignal => {
    if (currentVuOrNone() === null || !(ms >= 0)) return ofNode.call(AbortSignal, ms)
    const controller = new AbortController()
    const reason = (): DOMException => new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    timersModule.setTimeout(() => controller.abort(reason()), ms).unref()
    return controller.signal
  }
  Object.defineProperty(AbortSignal, 'timeout', {
    value: timeout,
    writable: true,
    configurable: true,
    enumerable: true,
  })
}
