/**
 * Long work that must not hold up its thread: it is written once, as a generator that yields after each small piece, and done at once or in
 * turns, between which the thread does what else there is.
 *
 * Units   ms
 */
import { setImmediate as nextTurn } from 'node:timers/promises'

export type Work<T> = Generator<void, T, void>

const TURN = 15

export function atOnce<T>(work: Work<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}

export async function inTurns<T>(work: Work<T>): Promise<T> {
  for (let began = performance.now(); ; ) {
    const { done, value } = work.next()
    if (done === true) return value
    if (performance.now() - began < TURN) continue
    await nextTurn()
    began = performance.now()
  }
}
