/**
 * From a callback of Node to the virtual user, one message a turn.
 *
 * One chunk of received data may hold many messages. The first runs at once (the hot path: nearly every chunk holds one); the
 * others are queued, so that what a script's promises do after one message has been done before the next, as each were a
 * task of its own.
 */
import type { Task, VirtualUser } from '../../vu/virtual-user.js'

/** False from the first message of a callback until the microtasks after it have begun to run. */
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
