/**
 * `MessageChannel` in a virtual user: Node's own, whose messages arrive in tasks of the VU that made it. A message under way to a port that
 * somebody listens to holds the iteration; an open port alone does not, because nobody outside of the VU can send to it.
 */
import type { HoldToken, VirtualUser } from '../vu/virtual-user.js'
import { currentVu, runTask } from './current.js'

/** Node hands messages to the listeners by this method. */
const DELIVER = Symbol.for('nodejs.internal.kHybridDispatch')

interface Port {
  [DELIVER](message: unknown, type: string, event?: unknown): unknown
  postMessage(...args: unknown[]): void
  ref(): void
  unref(): void
  close(): void
}

/** One end. Node calls ref() when the first listener comes, and unref() when the last one goes. */
class PortEdge {
  readonly #vu: VirtualUser
  readonly #port: Port
  readonly #deliver: Port[typeof DELIVER]
  /** Messages that are under way to it. */
  #coming = 0
  #holds: HoldToken[] = []
  #isHeard = false

  constructor(vu: VirtualUser, port: Port) {
    this.#vu = vu
    this.#port = port
    this.#deliver = port[DELIVER]
    const { ref, unref } = port
    Object.assign(port, {
      [DELIVER]: (message: unknown, type: string, event?: unknown) => this.#arrived(message, type, event),
      ref: () => {
        ref.call(port)
        this.#isHeard = true
        this.#holdAll()
      },
      unref: () => {
        unref.call(port)
        this.#isHeard = false
        this.#releaseAll()
      },
    })
  }

  coming(): void {
    this.#coming++
    if (this.#isHeard) this.#holdAll()
  }

  #holdAll(): void {
    while (this.#holds.length < this.#coming) this.#holds.push(this.#vu.hold())
  }

  #releaseAll(): void {
    for (const hold of this.#holds.splice(0)) this.#vu.release(hold)
  }

  /** `close` comes this way, too. */
  #arrived(message: unknown, type: string, event: unknown): void {
    if (type === 'message') this.#coming = Math.max(0, this.#coming - 1)
    this.#vu.dispatch(runTask, () => this.#deliver.call(this.#port, message, type, event), undefined)
    if (type === 'close') this.#coming = 0
    while (this.#holds.length > this.#coming) this.#vu.release(this.#holds.pop() as HoldToken)
  }
}

function joined(vu: VirtualUser, from: Port, to: PortEdge): void {
  const { postMessage } = from
  Object.assign(from, {
    postMessage: (...args: unknown[]) => {
      postMessage.apply(from, args)
      if (vu.isActive) to.coming()
    },
  })
}

const Base = globalThis.MessageChannel as unknown as new () => { port1: Port; port2: Port }

export class MessageChannel extends Base {
  constructor() {
    super()
    const vu = currentVu()
    const [one, two] = [new PortEdge(vu, this.port1), new PortEdge(vu, this.port2)]
    joined(vu, this.port1, two)
    joined(vu, this.port2, one)
  }
}
