/** What one virtual user has for its requests, shared by `k6/http` and `fetch`: connections, and the requests under way. */
import type { Traffic } from '../../net/connection.js'
import { HttpPool, type TrafficCounter } from '../../net/http/pool.js'
import { Lease, type Leased, type Revocation } from '../../vu/lease.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { PageAction, PageActions } from './response.js'
import { type ResponseCallback, USUAL_STATUSES } from './statuses.js'

/** A request under way. */
export interface Cancellable {
  /** No JavaScript of the VU runs any more: nothing may be told to anybody. */
  cancel(): void
}

export class HttpVu implements Leased, TrafficCounter {
  readonly vu: VirtualUser
  readonly pool: HttpPool
  /** Of `http.setResponseCallback`. */
  callback: ResponseCallback = USUAL_STATUSES
  /** Set by the module whose responses have them. */
  actions: PageActions = NO_ACTIONS
  readonly #running = new Set<Cancellable>()
  #lease: Lease | null = null
  #sent = 0
  #received = 0

  constructor(vu: VirtualUser) {
    this.vu = vu
    this.pool = new HttpPool(vu.shard.dialer, vu.localAddress, this)
  }

  addTraffic({ sent, received }: Traffic): void {
    this.#sent += sent
    this.#received += received
  }

  /** Called before connections are needed. */
  begin(request: Cancellable): void {
    if (this.#lease === null || this.#lease.isOver) {
      this.#lease = new Lease(this.vu, this, this.vu.shard.settings.http.noVUConnectionReuse ? 'run' : 'vu')
    }
    this.#running.add(request)
  }

  end(request: Cancellable): void {
    this.#running.delete(request)
  }

  takeTraffic(): Traffic {
    const traffic = { sent: this.#sent, received: this.#received }
    this.#sent = 0
    this.#received = 0
    return traffic
  }

  /** Called by the VU: everything is closed. Requests of a run that has failed go on, because it waits for them. */
  revoked(reason: Revocation): void {
    if (reason === 'failed') return
    for (const request of [...this.#running]) request.cancel()
    this.#running.clear()
    this.pool.close()
  }
}

const NOTHING: PageAction = () => undefined
const NO_ACTIONS: PageActions = { html: () => NOTHING, submitForm: () => NOTHING, clickLink: () => NOTHING }

const known = new WeakMap<VirtualUser, HttpVu>()

export function httpOf(vu: VirtualUser): HttpVu {
  let http = known.get(vu)
  if (http === undefined) {
    http = new HttpVu(vu)
    known.set(vu, http)
  }
  return http
}
