/**
 * Delivers messages from a callback of Node to the VU, each in a turn of its own.
 *
 * One chunk of received data may hold many messages. The first is delivered at once (nearly every chunk holds only one); the others are queued. So
 * the promises that a listener has settled call back before the next message is delivered.
 */
import type { Task, VirtualUser } from '../../vu/virtual-user.js'

/** False after the first message of a callback, until Node runs microtasks, which it does when the callback has returned. */
let isFirst = true
const settled = Promise.resolve()

function callbackIsOver(): void {
  isFirst = true
}

/** Hot. */
export function deliver<A, B>(vu: VirtualUser, task: Task<A, B>, a: A, b: B): void {
  if (!isFirst) {
    vu.post(task, a, b)
    return
  }
  isFirst = false
  void settled.then(callbackIsOver)
  vu.dispatch(task, a, b)
}
