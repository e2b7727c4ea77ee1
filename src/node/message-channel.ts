/**
 * `MessageChannel` in a virtual user: Node's own, but messages arrive in tasks of the VU that made it. A message that was sent to a port with a listener
 * holds the iteration until it arrives. An open port alone does not: nothing outside of the VU can send to it.
 */
import type { HoldToken, VirtualUser } from '../vu/virtual-user.js'
import { currentVu, runTask } from './current.js'

/** Node calls this method of a port for each message. */
const DELIVER = Symbol.for('nodejs.internal.kHybridDispatch')

interface Port {
  [DELIVER](message: unknown, type: string, event?: unknown): unknown
  postMessage(...args: unknown[]): void
  ref(): void
  unref(): void
  close(): void
}

/** One port. Node calls its ref() with the first listener, and its unref() when the last one is removed. */
class PortEdge {
  readonly #vu: VirtualUser
  readonly #port: Port
  readonly #deliver: Port[typeof DELIVER]
  /** Messages that were sent to this port and have not arrived. */
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

  /** The event `close` comes this way, too. */
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
