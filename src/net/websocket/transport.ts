/**
 * What the WebSocket client needs of the dialer and its connections, so that it can be tested over anything that moves bytes.
 * The dialer of src/net satisfies it; its documentation is the contract (who owns a buffer, which event is last).
 */
export interface TransportListener {
  /** Bytes arrived. `chunk` is borrowed: valid during the call only. */
  onData(chunk: Buffer): void
  /** The peer has sent FIN. */
  onEnd(): void
  /** The connection broke; onClose follows. `operation` tells whether reading or writing failed. */
  onError(error: Error & { readonly operation?: string }): void
  onClose(): void
}

export interface Transport {
  readonly endpoints: string
  /** Bytes given to write() that the kernel has not accepted yet; 0 right after a write means that its buffer is free again. */
  readonly pendingBytes: number
  setListener(listener: TransportListener): void
  write(data: Uint8Array | string, done?: (error: Error | null, bytesWritten: number) => void): boolean
  pause(): void
  resume(): void
  /** FIN once all pending writes are out; receiving goes on. */
  end(): void
  destroy(): void
}

export type DialPhase = 'resolve' | 'connect' | 'tls'

export interface TransportDialListener {
  onResolved(ip: string, durationMs: number): void
  onConnected(connection: Transport, durationMs: number): void
  onFailed(error: Error, phase: DialPhase, durationMs: number): void
}

export interface TransportTarget {
  host: string
  port: number
  tls: boolean
  localAddress?: string
}

export interface TransportDialer {
  dial(target: TransportTarget, listener: TransportDialListener): { cancel(): void }
}
