/**
 * TCP sockets for load tests.
 * https://grafana.com/docs/k6/latest/javascript-api/k6-x-tcp/
 */
declare module 'k6/x/tcp' {
  /** `disconnected` → `opening` → `open` → `destroyed`; back to `disconnected` when connecting fails. */
  export type SocketState = 'disconnected' | 'opening' | 'open' | 'destroyed'

  /** Tags of samples. Values are converted to strings. */
  export type Tags = Record<string, string | number | boolean>

  export interface SocketOptions {
    /** Put on every metric of this socket. */
    tags?: Tags
  }

  export interface ConnectOptions extends Pick<SockeyeLimits, 'connectTimeout' | 'handshakeTimeout'> {
    /** A number, or a string with a number, as environment variables are. */
    port: number | string
    /** Default `localhost`; `unix:/path` for a socket of this machine. */
    host?: string
    /** Encrypt the connection. Certificates are verified unless the test sets `insecureSkipTLSVerify`. */
    tls?: boolean
    /** Added to the socket's tags. */
    tags?: Tags
  }

  export interface WriteOptions {
    /** How a string becomes bytes; not used for bytes. Default `utf8`. */
    encoding?: 'utf8' | 'utf-8' | 'ascii' | 'base64' | 'base64url' | 'hex'
    /** Put on the metrics of this write. */
    tags?: Tags
  }

  /** What `error` listeners get and promises reject with. */
  export interface TCPError extends Error {
    readonly name: 'TCPError'
    /** What failed. */
    readonly method: 'connect' | 'write' | 'read'
    /** The whole text: `TCP error during connect: dial tcp 127.0.0.1:1: connect: connection refused`. */
    error(): string
  }

  export class Socket {
    constructor(options?: SocketOptions)

    readonly ready_state: SocketState
    /** `ready_state` is `open`. */
    readonly connected: boolean
    /** The four addresses are undefined while there is no connection. */
    readonly local_ip: string | undefined
    readonly local_port: number | undefined
    readonly remote_ip: string | undefined
    readonly remote_port: number | undefined
    /** Bytes of completed writes. */
    readonly bytes_written: number
    readonly bytes_read: number

    /** Connects, and resolves when the connection is open. A destroyed socket cannot be connected again. */
    connect(port: number | string, host?: string): Promise<void>
    connect(options: ConnectOptions): Promise<void>

    /** Resolves when the system has taken all bytes, not when the peer has them. Bytes leave in the order of the calls. */
    write(data: string | ArrayBuffer | Uint8Array | Uint8ClampedArray, options?: WriteOptions): Promise<void>

    /** Closes the connection at once; `close` follows. */
    destroy(): void

    /** `timeout` fires whenever nothing was received for `ms`; the connection stays open. 0 ends that. */
    setTimeout(ms: number): this

    /** Sets the one listener of an event; a later call replaces the earlier. */
    on(event: 'connect', listener: () => void): void
    /** The bytes of one read: message boundaries are not kept, so put messages together again. The array is yours. */
    on(event: 'data', listener: (data: Uint8Array) => void): void
    /** Fires exactly once, as the last event. */
    on(event: 'close', listener: () => void): void
    on(event: 'error', listener: (error: TCPError) => void): void
    on(event: 'timeout', listener: () => void): void
  }

  const tcp: { readonly Socket: typeof Socket }
  export default tcp
}
