/**
 * The channel of one client as its VU owns it: it lasts across iterations, and everything on it ends when the VU is interrupted or
 * retired. The next call then opens it again.
 */
import type { Traffic } from '../../net/connection.js'
import { GrpcChannel } from '../../net/grpc/channel.js'
import { Lease, type Leased, type Revocation } from '../../vu/lease.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { Address } from './address.js'
import type { ConnectParams } from './params.js'

/** A call under way. */
export interface Cancellable {
  /** No JavaScript of the VU runs any more: nothing may be told to anybody. */
  cancel(): void
}

export class ClientChannel implements Leased {
  readonly vu: VirtualUser
  /** `host:port`, as the script gave it. */
  readonly address: string
  readonly channel: GrpcChannel
  readonly #running = new Set<Cancellable>()
  #lease: Lease | null = null
  #sent = 0
  #received = 0

  /** Throws what Node says of certificates that cannot be read. */
  constructor(vu: VirtualUser, { text, host, port, authority }: Address, params: ConnectParams) {
    const { dialer, settings } = vu.shard
    const { tls } = params
    this.vu = vu
    this.address = text
    const target = {
      host,
      port,
      authority: params.authority ?? authority,
      isTls: !params.plaintext,
      context:
        tls === null || params.plaintext
          ? undefined
          : dialer.secureContextFor({
              ...(tls.cert === undefined ? {} : { cert: tls.cert, key: tls.key, passphrase: tls.password }),
              ...(tls.cacerts.length === 0 ? {} : { ca: [...tls.cacerts] }),
            }),
      serverName: params.authority?.replace(/:\d+$/, ''),
      userAgent: settings.userAgent,
      localAddress: vu.localAddress,
      connectMs: params.timeoutMs,
      maxReceiveBytes: params.maxReceiveBytes,
      maxSendBytes: params.maxSendBytes,
    }
    this.channel = new GrpcChannel(dialer, target, ({ sent, received }) => {
      this.#sent += sent
      this.#received += received
    })
  }

  /** Called before a session is needed. */
  begin(call: Cancellable): void {
    if (this.#lease === null || this.#lease.isOver) this.#lease = new Lease(this.vu, this, 'vu')
    this.#running.add(call)
  }

  end(call: Cancellable): void {
    this.#running.delete(call)
  }

  /** `client.close()`: calls under way fail. */
  close(): void {
    this.channel.close()
    this.#lease?.end()
    this.#lease = null
  }

  takeTraffic(): Traffic {
    this.channel.countTraffic()
    const traffic = { sent: this.#sent, received: this.#received }
    this.#sent = 0
    this.#received = 0
    return traffic
  }

  /** Called by the VU. Calls of a run that has failed go on, because it waits for them. */
  revoked(reason: Revocation): void {
    if (reason === 'failed') return
    for (const call of [...this.#running]) call.cancel()
    this.#running.clear()
    this.channel.close()
  }
}
