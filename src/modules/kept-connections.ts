/**
 * The connections that a module keeps for one VU, also between iterations, and the requests under way on them. When the VU is interrupted or
 * retired all of them end; the next request opens connections again.
 *
 * Units  bytes on the wire
 */
import type { Traffic } from '../net/connection.js'
import { Lease, type Leased, type Revocation } from '../vu/lease.js'
import type { VirtualUser } from '../vu/virtual-user.js'

/** A request under way. */
export interface Cancellable {
  /** No JavaScript of the VU runs any more: nothing may be told to anybody. */
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

  /** `run`: connections are closed at the end of each iteration. */
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

  /** Called by the VU. Requests of a run that has failed go on, because the run waits for them. */
  revoked(reason: Revocation): void {
    if (reason === 'failed') return
    for (const request of [...this.#running]) request.cancel()
    this.#running.clear()
    this.closeConnections()
  }
}
