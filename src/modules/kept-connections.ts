/**
 * The connections that a module keeps open for one VU, also between iterations, and the requests that run on them. When the VU is interrupted
 * or retired, all of them end; the next request opens connections again.
 *
 * Units  bytes on the wire
 */
import type { Traffic } from '../net/connection.js'
import { Lease, type Leased, type Revocation } from '../vu/lease.js'
import type { VirtualUser } from '../vu/virtual-user.js'

/** A request that has begun and not ended. */
export interface Cancellable {
  /** Ends it without calling back: no JavaScript of the VU may run any more. */
  cancel(): void
}

export abstract class KeptConnections implements Leased {
  readonly vu: VirtualUser
  readonly #running = new Set<Cancellable>()
  #lease: Lease | null = null
  #sent = 0
  #received = 0

  constructor(vu: VirtualUser) {
    this.vu = vu
  }

  /** How long connections last: `run` closes them at the end of each iteration, `vu` keeps them. */
  protected abstract get term(): 'run' | 'vu'

  protected abstract closeConnections(): void

  addTraffic({ sent, received }: Traffic): void {
    this.#sent += sent
    this.#received += received
  }

  /** Called before a request needs a connection. */
  begin(request: Cancellable): void {
    if (this.#lease === null || this.#lease.isOver) this.#lease = new Lease(this.vu, this, this.term)
    this.#running.add(request)
  }

  end(request: Cancellable): void {
    this.#running.delete(request)
  }

  /** Closes the connections; requests under way fail. */
  close(): void {
    this.closeConnections()
    this.#lease?.end()
    this.#lease = null
  }

  takeTraffic(): Traffic {
    const traffic = { sent: this.#sent, received: this.#received }
    this.#sent = 0
    this.#received = 0
    return traffic
  }

  /** Called by the VU. When the run has failed, its requests go on, because the run waits for them. */
  revoked(reason: Revocation): void {
    if (reason === 'failed') return
    for (const request of [...this.#running]) request.cancel()
    this.#running.clear()
    this.closeConnections()
  }
}
