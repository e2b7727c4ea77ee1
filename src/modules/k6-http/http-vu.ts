/** The connections and running requests of one VU, for `k6/http` and `fetch`. */
import { HttpPool, type TrafficCounter } from '../../net/http/pool.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { KeptConnections } from '../kept-connections.js'
import type { PageAction, PageActions } from './response.js'
import { type ResponseCallback, USUAL_STATUSES } from './statuses.js'

export class HttpVu extends KeptConnections implements TrafficCounter {
  readonly pool: HttpPool
  /** Set by `http.setResponseCallback`. */
  callback: ResponseCallback = USUAL_STATUSES
  /** What responses do with HTML. Set by `k6/http`; scripts with `fetch` alone load no parser. */
  actions: PageActions = NO_ACTIONS

  constructor(vu: VirtualUser) {
    super(vu)
    this.pool = new HttpPool(vu.shard.dialer, vu.localAddress, this)
  }

  protected get term(): 'run' | 'vu' {
    return this.vu.shard.settings.http.noVUConnectionReuse ? 'run' : 'vu'
  }

  protected closeConnections(): void {
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
