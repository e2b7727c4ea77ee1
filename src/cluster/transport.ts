/**
 * What carries messages and files between the machines of a run: NATS, or a network in memory in the tests. It promises little, so that
 * anything can stand behind it: a message arrives once, late, twice or never, and in any order. What is more than that is link.ts.
 *
 * Shape   subjects are words of A-Z a-z 0-9 _ - with dots between them, and there are no wildcards; names of files are one such word
 * Units   bytes
 * Errors  ClusterError from `openTransport` functions and from `put` and `get`: what is wrong, and what to do. The rest never throws: what
 *         cannot be sent is lost
 */
export interface Transport {
  /** The largest message. */
  readonly maxPayload: number
  /** Messages can be sent and received just now. While they cannot, a transport tries to connect again by itself. */
  readonly isConnected: boolean
  /** Called whenever `isConnected` has changed; gives how to stop listening. */
  onConnection(listener: (isConnected: boolean) => void): () => void
  /** Sends and forgets. The payload belongs to the transport from then on. */
  publish(subject: string, payload: Uint8Array): void
  /**
   * `receive` is called with what others publish on that subject, also after a connection that was lost has come back. The payload
   * belongs to the receiver. Gives how to stop.
   */
  subscribe(subject: string, receive: (payload: Uint8Array) => void): () => void
  /** What was published and subscribed so far has come to the server. Rejects when the connection is lost meanwhile. */
  flush(): Promise<void>
  /** Stores a file, in place of one of that name. It may be much larger than a message. */
  put(name: string, content: Uint8Array): Promise<void>
  /** Undefined when there is none of that name. */
  get(name: string): Promise<Uint8Array | undefined>
  /** Also when there is none. Never rejects: what stays behind the server deletes in time. */
  remove(name: string): Promise<void>
  /** What was published is sent first, if that is possible at once. Nothing is received any more. May be called twice. */
  close(): Promise<void>
}
