/**
 * All timers of a shard in one heap: script timers, sleeps, socket timeouts, schedules. One Node timer is armed for the earliest.
 *
 * A script expects its timers in the order in which they are due (at the same moment: in the order of creation), and never early. Node's own
 * timers fire in groups of the same delay, and may be a fraction of a millisecond early.
 *
 * Units   milliseconds on the given clock, fractions allowed
 */
import type { Clock } from '../base/clock.js'

export interface Timer {
  readonly due: number
}

/** Rings once, after at least `delay` ms or a fraction less. Arming it again replaces what was armed. */
export interface Alarm {
  arm(delay: number, ring: () => void): void
  disarm(): void
}

interface Entry extends Timer {
  readonly due: number
  readonly order: number
  readonly fire: (argument: never) => void
  readonly argument: unknown
  /** Place in the heap; -1 once fired or cancelled. */
  index: number
}

export class TimerQueue {
  readonly #clock: Clock
  readonly #heap: Entry[] = []
  readonly #alarm: Alarm
  #order = 0
  /** Infinity while the alarm is not armed. */
  #alarmDue = Number.POSITIVE_INFINITY

  constructor(clock: Clock, alarm: Alarm = new NodeAlarm()) {
    this.#clock = clock
    this.#alarm = alarm
  }

  get size(): number {
    return this.#heap.length
  }

  /** Calls `fire(argument)` once, `delay` ms from now. */
  add<A>(delay: number, fire: (argument: A) => void, argument: A): Timer {
    return this.at(this.#clock.now() + Math.max(0, delay), fire, argument)
  }

  /** Calls `fire(argument)` once, at a moment of the clock. */
  at<A>(due: number, fire: (argument: A) => void, argument: A): Timer {
    const entry: Entry = { due, order: this.#order++, fire, argument, index: this.#heap.length }
    this.#heap.push(entry)
    this.#rise(entry)
    if (entry.index === 0) this.#arm()
    return entry
  }

  /** Does nothing when the timer has fired or was cancelled. */
  cancel(timer: Timer): void {
    const entry = timer as Entry
    if (entry.index < 0) return
    this.#remove(entry)
    if (this.#heap.length === 0) this.#disarm()
  }

  /** Drops all timers. */
  clear(): void {
    for (const entry of this.#heap) entry.index = -1
    this.#heap.length = 0
    this.#disarm()
  }

  #arm(): void {
    const first = this.#heap[0]
    if (first === undefined) return this.#disarm()
    if (this.#alarmDue <= first.due) return
    this.#alarmDue = first.due
    this.#alarm.arm(first.due - this.#clock.now(), this.#ring)
  }

  #disarm(): void {
    this.#alarm.disarm()
    this.#alarmDue = Number.POSITIVE_INFINITY
  }

  readonly #ring = (): void => {
    this.#alarmDue = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    // A timer that is added now fires in a later turn: otherwise an interval of 0 ms would never end this loop.
    const last = this.#order
    const heap = this.#heap
    while (heap.length > 0) {
      const first = heap[0] as Entry
      if (first.due > now || first.order >= last) break
      this.#remove(first)
      ;(first.fire as (argument: unknown) => void)(first.argument)
    }
    this.#arm()
  }

  #remove(entry: Entry): void {
    const heap = this.#heap
    const index = entry.index
    const last = heap.pop() as Entry
    entry.index = -1
    if (last === entry) return
    heap[index] = last
    last.index = index
    this.#sink(last)
    this.#rise(last)
  }

  #rise(entry: Entry): void {
    const heap = this.#heap
    let index = entry.index
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above] as Entry
      if (!isBefore(entry, parent)) break
      heap[index] = parent
      parent.index = index
      index = above
    }
    heap[index] = entry
    entry.index = index
  }

  #sink(entry: Entry): void {
    const heap = this.#heap
    let index = entry.index
    for (;;) {
      let below = 2 * index + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Entry, heap[below] as Entry)) below++
      const child = heap[below] as Entry
      if (!isBefore(child, entry)) break
      heap[index] = child
      child.index = index
      index = below
    }
    heap[index] = entry
    entry.index = index
  }
}

/** Node's longest delay; a later timer is armed again when this has passed. */
const LONGEST_DELAY = 2 ** 31 - 1

class NodeAlarm implements Alarm {
  #timeout: NodeJS.Timeout | undefined

  arm(delay: number, ring: () => void): void {
    clearTimeout(this.#timeout)
    this.#timeout = setTimeout(ring, Math.ceil(Math.min(LONGEST_DELAY, Math.max(1, delay))))
  }

  disarm(): void {
    clearTimeout(this.#timeout)
    this.#timeout = undefined
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}
