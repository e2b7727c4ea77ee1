/** Options of a test that k6 does not have. Limits of connections may stand among the parameters of one call, too, and count there first. */

import 'k6/options'
import 'k6/websockets'
import 'k6/ws'

declare global {
  interface SockeyeLimits {
    /** For the look-up of a name, and for TCP with a proxy's tunnel, each. Default `'30s'`; `0` is no limit. */
    connectTimeout?: string | number
    /** For the TLS handshake; for a WebSocket from the dial to its server's answer. Default `'60s'`; `0` is no limit. */
    handshakeTimeout?: string | number
    /** For the answer to a WebSocket's close frame. Default `'5s'`; `0` is no limit. */
    closeTimeout?: string | number
    /** Bytes of a WebSocket message, after decompression. Default 256 MiB; `0` is no limit. */
    maxMessageSize?: number
  }
}

declare module 'k6/options' {
  interface Options extends SockeyeLimits {
    /** Sockets and timers of Node's modules live on between the iterations of a VU. */
    keepConnections?: boolean
    /** npm packages that are bundled as for a browser. */
    browserPackages?: string[]
    /** npm packages that all VUs of a thread share. */
    sharedPackages?: string[]
  }
}

declare module 'k6/ws' {
  interface Params extends SockeyeLimits {}
}

declare module 'k6/websockets' {
  interface Params extends SockeyeLimits {}
}
