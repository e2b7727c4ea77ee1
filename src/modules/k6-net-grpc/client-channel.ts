/**
 * The channel of one client. It stays open between iterations. When the VU is interrupted or retired everything on it ends, and the next call opens it
 * again.
 */
import type { Traffic } from '../../net/connection.js'
import { GrpcChannel } from '../../net/grpc/channel.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { KeptConnections } from '../kept-connections.js'
import type { Address } from './address.js'
import type { ConnectParams } from './params.js'

export class ClientChannel extends KeptConnections {
  /** `host:port`, as the script gave it. */
  readonly address: string
  readonly channel: GrpcChannel

  /** Throws Node's own error for a certificate that cannot be read. */
  constructor(vu: VirtualUser, { text, host, port, authority }: Address, params: ConnectParams) {
    super(vu)
    const { dialer, settings } = vu.shard
    const { tls } = params
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
    this.channel = new GrpcChannel(dialer, target, (traffic) => this.addTraffic(traffic))
  }

  protected get term(): 'vu' {
    return 'vu'
  }

  protected closeConnections(): void {
    this.channel.close()
  }

  override takeTraffic(): Traffic {
    this.channel.countTraffic()
    return super.takeTraffic()
  }
}
