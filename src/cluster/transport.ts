/**
 * Carries messages and files between the machines of a run: NATS, or a network in memory in tests. It promises little: a message arrives once,
 * late, twice or never, in any order. link.ts makes reliable connections from that.
 *
 * Shape   subjects are words of A-Z a-z 0-9 _ - with dots between them, without wildcards; names of files are one such word
 * Units   bytes
 * Errors  ClusterError from functions that open a transport, and from `flush`, `put` and `get`; RangeError from `publish` for a payload above
 *         `maxPayload`. Messages that cannot be sent are lost without an error
 */
export interface Transport {
  /** The size of the largest message. */
  readonly maxPayload: number
  /** True while messages can be sent and received. Otherwise the transport itself tries to connect again. */
  readonly isConnected: boolean
  /** `listener` is called whenever `isConnected` has changed; returns a function that ends that. */
  onConnection(listener: (isConnected: boolean) => void): () => void
  /** Sends a message without waiting. The caller must not change the payload any more. */
  publish(subject: string, payload: Uint8Array): void
  /**
   * `receive` is called with messages of others on that subject, also after the connection was lost and has come back. The receiver may keep
   * and change the payload. Returns a function that ends the subscription.
   */
  subscribe(subject: string, receive: (payload: Uint8Array) => void): () => void
  /** Resolves when the server has got all messages and subscriptions so far. Rejects when the connection is lost meanwhile. */
  flush(): Promise<void>
  /** Stores a file, which may be much larger than a message. Replaces a file of the same name. */
  put(name: string, content: Uint8Array): Promise<void>
  /** Undefined when there is no file of that name. */
  get(name: string): Promise<Uint8Array | undefined>
  /** Deletes a file, if there is one. Never rejects: the server deletes old files by itself. */
  remove(name: string): Promise<void>
  /** Sends published messages first, if that is possible at once. It may be called twice. */
  close(): Promise<void>
}
