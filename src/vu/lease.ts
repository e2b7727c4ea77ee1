/**
 * What a module keeps open for a virtual user, a connection in most cases: how long, who must be told when that time is over, and
 * whose traffic it is.
 *
 * Terms   work  the run (iteration, setup, …) does not end before the lease is returned
 *         run   until the run ends; it does not hold it open
 *         vu    also between runs: what is kept for the next iteration
 * Ends    by end() of the module, or because the VU revokes it; once, whichever comes first
 *           failed       the run has failed and winds down: a `work` lease goes on until its module ends it, for which tasks may
 *                        still be posted. Not told to `vu` leases.
 *           interrupted  no JavaScript of the VU runs any more for what it was opened for; told to all
 *           run ended    told to `run` leases
 *           retired      the VU runs nothing any more; told to `vu` leases
 * Units   bytes on the wire
 */
import type { Traffic } from '../net/connection.js'
import type { HoldToken, Task, VirtualUser } from './virtual-user.js'

export type LeaseTerm = 'work' | 'run' | 'vu'

export type Revocation = 'failed' | 'interrupted' | 'run ended' | 'retired'

/** What is kept open. */
export interface Leased {
  /** Called by the VU when it must be closed; once, or behind 'failed' once more. */
  revoked(reason: Revocation): void
  /** Bytes since the last call, also after the close. Asked at the end of each run and of the lease. */
  takeTraffic(): Traffic
}

export class Lease {
  readonly vu: VirtualUser
  readonly term: LeaseTerm
  readonly leased: Leased
  readonly #token: HoldToken
  /** How often the run is held. */
  #holds = 0
  #isOver = false

  constructor(vu: VirtualUser, leased: Leased, term: LeaseTerm = 'work') {
    this.vu = vu
    this.term = term
    this.leased = leased
    this.#token = vu.grant(this)
    if (term === 'work') this.hold()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** One more thing that the run must wait for, such as a write that is not finished. */
  hold(): void {
    if (this.#isOver) return
    this.#holds++
    this.vu.hold()
  }

  release(): void {
    if (this.#isOver || this.#holds === 0) return
    this.#holds--
    this.vu.release(this.#token)
  }

  /** Queues a task of the VU. Between runs those of a `vu` lease wait for the next run; all others are dropped. */
  post<A, B>(task: Task<A, B>, a: A, b: B): void {
    if (this.term === 'vu' && !this.#isOver) this.vu.postForLater(task, a, b)
    else this.vu.post(task, a, b)
  }

  /** Charges the VU with what went over the wire since the last time. */
  countTraffic(): void {
    const { sent, received } = this.leased.takeTraffic()
    this.vu.bytesSent += sent
    this.vu.bytesReceived += received
  }

  /** It is closed: the run is held no longer. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.countTraffic()
    this.vu.ungrant(this)
    for (; this.#holds > 0; this.#holds--) this.vu.release(this.#token)
  }

  /** Called by the VU. */
  revoke(reason: Revocation): void {
    if (this.#isOver) return
    this.leased.revoked(reason)
    if (reason !== 'failed') this.end()
  }
}

/** The leases of one virtual user. */
export class Leases {
  /** What the present run keeps open. */
  ofRun: Set<Lease> | null = null
  /** What is kept between runs. */
  #kept: Set<Lease> | null = null

  /** True while something is kept for the next run. */
  get keepsSome(): boolean {
    return this.#kept !== null && this.#kept.size > 0
  }

  add(lease: Lease): void {
    if (lease.term === 'vu') {
      this.#kept ??= new Set()
      this.#kept.add(lease)
    } else {
      this.ofRun ??= new Set()
      this.ofRun.add(lease)
    }
  }

  remove(lease: Lease): void {
    if (lease.term === 'vu') this.#kept?.delete(lease)
    else this.ofRun?.delete(lease)
  }

  /** The run has failed or was interrupted. */
  runStopped(reason: 'failed' | 'interrupted'): void {
    if (this.ofRun !== null) revokeAll(this.ofRun, reason)
    if (this.#kept !== null && reason === 'interrupted') revokeAll(this.#kept, reason)
  }

  runEnded(): void {
    if (this.ofRun !== null && this.ofRun.size > 0) revokeAll(this.ofRun, 'run ended')
    if (this.#kept !== null) for (const lease of this.#kept) lease.countTraffic()
  }

  retire(): void {
    if (this.#kept !== null) revokeAll(this.#kept, 'retired')
  }
}

/** Goes through a copy, because a lease that ends is taken out of the set. */
function revokeAll(leases: Set<Lease>, reason: Revocation): void {
  for (const lease of [...leases]) lease.revoke(reason)
}
