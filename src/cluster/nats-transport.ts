/**
 * A transport on NATS. Messages are messages of NATS, files are objects of JetStream. What a restart of the server interrupts is repeated.
 *
 * Shape   one connection; the files are in one bucket on the disk of the server, which deletes each after a day
 * Errors  ClusterError of nats-connection.ts and ERR_NATS_NO_JETSTREAM when it is opened; ERR_NATS_FILE and ERR_NATS_LOST from files;
 *         ERR_NATS_DENIED from flush and files when the server does not permit them
 */
import { createRequire } from 'node:module'
import type { JetStreamManager } from '@nats-io/jetstream'
import type { ObjectStore } from '@nats-io/obj'
import type { NatsConnection } from '@nats-io/transport-node'
import { ClusterError } from './errors.js'
import { connectNats, loadClient, RECONNECT_WAIT, TIMEOUT } from './nats-connection.js'
import type { NatsOptions } from './nats-options.js'
import type { Transport } from './transport.js'

const require = createRequire(import.meta.url)
const loadJetStream = (): typeof import('@nats-io/jetstream') => require('@nats-io/jetstream')
const loadObjects = (): typeof import('@nats-io/obj') => require('@nats-io/obj')

const BUCKET = 'sockeye'
const DAY = 24 * 3600 * 1000
/** In ms: how long files wait for a server that is not connected. */
const PATIENCE = 60_000
/** In ms: how long `close` waits for the last messages. */
const CLOSING = 1000
/** In bytes; smaller than the usual largest message of NATS (1 MB), with room for headers. */
const CHUNK = 128 * 1024

export async function openNatsTransport(options: NatsOptions, name: string): Promise<Transport> {
  const connection = await connectNats(options, name)
  try {
    return new NatsTransport(connection, await jetStreamOf(connection))
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function jetStreamOf(connection: NatsConnection): Promise<JetStreamManager> {
  try {
    return await loadJetStream().jetstreamManager(connection, { timeout: TIMEOUT })
  } catch (error) {
    throw storeError(error as Error, connection.getServer())
  }
}

/** By name, because the client does not export the class. */
function isNotEnabled(error: Error): boolean {
  return error.name === 'JetStreamNotEnabled'
}

function storeError(error: Error, server: string): ClusterError {
  if (isNotEnabled(error)) {
    return new ClusterError(
      'ERR_NATS_NO_JETSTREAM',
      `NATS at ${server} has no JetStream, which carries the script to the agents`,
      'start it with: nats-server --jetstream, and enable JetStream for the account',
      error,
    )
  }
  const violation = violationIn(error)
  if (violation !== undefined) return denied(violation, server)
  const message = `files cannot be exchanged through NATS at ${server}: ${error.message}`
  return new ClusterError('ERR_NATS_FILE', message, 'see the log of nats-server, and whether its disk is full', error)
}

/** The permission error in an error of the client, which may wrap it as its cause. */
function violationIn(error: unknown): Error | undefined {
  const { PermissionViolationError } = loadClient().errors
  if (error instanceof PermissionViolationError) return error
  return error instanceof Error && error.cause instanceof PermissionViolationError ? error.cause : undefined
}

function denied(error: Error, server: string): ClusterError {
  const message = `NATS at ${server} does not let this user do what a run needs: ${error.message}`
  return new ClusterError('ERR_NATS_DENIED', message, 'which permissions that are is in docs/distributed.md', error)
}

/** The connection was lost during a request. */
class ConnectionLost extends Error {}

class NatsTransport implements Transport {
  readonly #connection: NatsConnection
  readonly #manager: JetStreamManager
  readonly #listeners = new Set<(isConnected: boolean) => void>()
  #maxPayload: number
  #isConnected = true
  #isClosed = false
  /** Set when the server does not permit something. It says so a little later than the request. */
  #denied: ClusterError | undefined

  constructor(connection: NatsConnection, manager: JetStreamManager) {
    this.#connection = connection
    this.#manager = manager
    this.#maxPayload = connection.info?.max_payload ?? CHUNK
    void this.#follow()
  }

  get maxPayload(): number {
    return this.#maxPayload
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  onConnection(listener: (isConnected: boolean) => void): () => void {
    // Not told when this transport itself closes the connection.
    return this.#listen((isConnected) => {
      if (!this.#isClosed) listener(isConnected)
    })
  }

  #listen(listener: (isConnected: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  publish(subject: string, payload: Uint8Array): void {
    if (payload.length > this.#maxPayload) throw new RangeError(`a message of ${payload.length} bytes is too large`)
    // While it is not connected, the client would store messages without a limit.
    if (this.#isConnected) this.#connection.publish(subject, payload)
  }

  subscribe(subject: string, receive: (payload: Uint8Array) => void): () => void {
    if (this.#isClosed) return () => {}
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) deliver(receive, message.data)
      },
    })
    return () => {
      if (!this.#isClosed) subscription.unsubscribe()
    }
  }

  async flush(): Promise<void> {
    try {
      if (!this.#isConnected) throw new ConnectionLost('it is away')
      await this.#unlessLost(this.#connection.flush())
      // A permission error arrives before the answer to flush, but the client reports it a moment after it.
      await new Promise((resolve) => setImmediate(resolve))
    } catch (error) {
      throw this.#lost(error as Error)
    }
    if (this.#denied !== undefined) throw this.#denied
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    const options = { max_chunk_size: Math.min(CHUNK, this.#maxPayload) }
    await this.#withFiles(async () => {
      const files = await this.#openToWrite()
      await files.putBlob({ name, options }, content, { timeout: TIMEOUT })
    })
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.#withFiles(async () => {
      const files = await this.#open()
      return (await files?.getBlob(name)) ?? undefined
    })
  }

  async remove(name: string): Promise<void> {
    if (!this.#isConnected) return
    await this.#unlessLost(this.#open().then((files) => files?.delete(name))).catch(() => undefined)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#isConnected) await Promise.race([this.#connection.flush().catch(() => undefined), after(CLOSING)])
    this.#setConnected(false)
    this.#listeners.clear()
    await this.#connection.close()
  }

  async #follow(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect') this.#setConnected(false)
      else if (status.type === 'reconnect') this.#reconnected()
      else if (status.type === 'error') {
        const violation = violationIn(status.error)
        if (violation !== undefined) this.#denied = denied(violation, this.#connection.getServer())
      }
    }
  }

  #reconnected(): void {
    this.#maxPayload = this.#connection.info?.max_payload ?? this.#maxPayload
    this.#setConnected(true)
  }

  #setConnected(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return
    this.#isConnected = isConnected
    for (const listener of [...this.#listeners]) listener(isConnected)
  }

  /** Runs `act`, and again when the connection was lost. After a restart of the server, JetStream is ready a little later than the server. */
  async #withFiles<T>(act: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + PATIENCE
    for (;;) {
      try {
        if (!this.#isConnected) await this.#connectedAgain(deadline)
        return await this.#unlessLost(act())
      } catch (error) {
        if (this.#isClosed || Date.now() >= deadline || !this.#isPassing(error as Error)) {
          throw error instanceof ConnectionLost
            ? this.#lost(error)
            : storeError(error as Error, this.#connection.getServer())
        }
        await after(RECONNECT_WAIT)
      }
    }
  }

  /** True for errors that may be over at the next attempt. */
  #isPassing(error: Error): boolean {
    if (violationIn(error) !== undefined) return false
    const { errors } = loadClient()
    return (
      error instanceof ConnectionLost ||
      error instanceof errors.TimeoutError ||
      error instanceof errors.RequestError ||
      error instanceof errors.NoRespondersError ||
      // JetStream was enabled when this transport was opened.
      isNotEnabled(error)
    )
  }

  /** Rejects as soon as the connection is lost: the client would wait for its time limit. */
  #unlessLost<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = this.#listen((isConnected) => {
        if (!isConnected) reject(new ConnectionLost('the connection was lost'))
      })
      work.then(resolve, reject).finally(stop)
    })
  }

  #connectedAgain(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(false), deadline - Date.now())
      const stop = this.#listen(end)
      function end(isConnected: boolean): void {
        clearTimeout(timer)
        stop()
        if (isConnected) resolve()
        else reject(new ConnectionLost(`it was away for ${PATIENCE / 1000} s`))
      }
    })
  }

  #lost(error: Error): ClusterError {
    const message = `the connection to NATS at ${this.#connection.getServer()} is lost: ${error.message}`
    return new ClusterError('ERR_NATS_LOST', message, 'see whether nats-server runs', error)
  }

  /** Creates the bucket when there is none. Agents only read, so they need no permission to create it. */
  async #openToWrite(): Promise<ObjectStore> {
    const files = await this.#open()
    if (files !== undefined) return files
    const description = 'scripts of sockeye runs, for the agents that play them'
    return this.#objects().create(BUCKET, { description, ttl: DAY * 1e6 })
  }

  /** Undefined when there is no bucket. */
  async #open(): Promise<ObjectStore | undefined> {
    const { JetStreamApiCodes, JetStreamApiError } = loadJetStream()
    try {
      await this.#manager.streams.info(`OBJ_${BUCKET}`)
      return await this.#objects().open(BUCKET, false)
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined
      throw error
    }
  }

  #objects(): import('@nats-io/obj').Objm {
    return new (loadObjects().Objm)(this.#manager.jetstream())
  }
}

/** Calls a listener. Its exceptions are thrown outside of the client, which would close the connection without a message. */
function deliver(receive: (payload: Uint8Array) => void, payload: Uint8Array): void {
  try {
    receive(payload)
  } catch (error) {
    setImmediate(() => {
      throw error
    })
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
