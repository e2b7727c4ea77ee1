/** What one virtual user has for its requests, shared by `k6/http` and `fetch`. */
import { HttpPool } from '../../net/http/pool.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { type ResponseCallback, USUAL_STATUSES } from './statuses.js'

export class HttpVu {
  readonly vu: VirtualUser
  readonly pool: HttpPool
  /** Of `http.setResponseCallback`. */
  callback: ResponseCallback = USUAL_STATUSES
  #iteration: number

  constructor(vu: VirtualUser) {
    const { dialer, settings } = vu.shard
    this.vu = vu
    this.#iteration = vu.iteration
    this.pool = new HttpPool(
      dialer,
      { localAddress: vu.localAddress, keepsNothing: settings.http.noConnectionReuse },
      ({ sent, received }) => {
        vu.bytesSent += sent
        vu.bytesReceived += received
      },
    )
  }

  /** Called before each request. */
  enter(): void {
    const { iteration, shard } = this.vu
    if (iteration === this.#iteration) return
    this.#iteration = iteration
    if (shard.settings.http.noVUConnectionReuse) this.pool.close()
  }
}

const known = new WeakMap<VirtualUser, HttpVu>()

export function httpOf(vu: VirtualUser): HttpVu {
  let http = known.get(vu)
  if (http === undefined) {
    http = new HttpVu(vu)
    known.set(vu, http)
  }
  return http
}
