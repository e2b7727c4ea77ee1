/**
 * A transport on NATS: messages are its messages, files are objects of JetStream. What a restart of the server interrupts is done again.
 *
 * Shape   one connection; files lie in one bucket, on the server's disk, which deletes them after a day
 * Errors  ClusterError ERR_NATS_CONNECT, ERR_NATS_REFUSED, ERR_NATS_OPEN, ERR_NATS_NO_JETSTREAM when it is opened; ERR_NATS_FILE from
 *         files; ERR_NATS_DENIED from flush and files when the server forbids what was asked
 * Source  https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { JetStreamManager } from '@nats-io/jetstream'
import type { ObjectStore } from '@nats-io/obj'
import type { Authenticator, ConnectionOptions, NatsConnection } from '@nats-io/transport-node'
import { isLoopback } from '../api/access.js'
import { ClusterError } from './errors.js'
import { greetingOf, unreachable } from './nats-greeting.js'
import type { NatsOptions } from './nats-options.js'
import type { Transport } from './transport.js'

/** The client takes 60 ms to load: only runs on many machines should wait for it. */
const require = createRequire(import.meta.url)
const loadClient = (): typeof import('@nats-io/transport-node') => require('@nats-io/transport-node')
const loadJetStream = (): typeof import('@nats-io/jetstream') => require('@nats-io/jetstream')
const loadObjects = (): typeof import('@nats-io/obj') => require('@nats-io/obj')

const BUCKET = 'sockeye'
const DAY = 24 * 3600 * 1000
/** In ms, for one attempt to connect and for one question to JetStream. */
const TIMEOUT = 5000
/** In ms; two pings without an answer are a lost connection. */
const PING_INTERVAL = 2000
const RECONNECT_WAIT = 250
/** In ms: how long a file may wait for a server that is away. */
const PATIENCE = 60_000
/** In ms: how long the last messages may take. */
const CLOSING = 1000
/** In bytes; small enough for its headers beside it. */
const CHUNK = 128 * 1024

export async function openNatsTransport(options: NatsOptions, name: string): Promise<Transport> {
  const connection = await connect(options, name)
  try {
    assertGuarded(connection, options)
    const manager = await jetStreamOf(connection)
    return new NatsTransport(connection, manager)
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function connect(options: NatsOptions, name: string): Promise<NatsConnection> {
  const { isTls, token, user, password, caFile, certFile, keyFile } = options
  const client = loadClient()
  const settings: ConnectionOptions = {
    servers: await greetedFirst(options),
    noRandomize: true,
    name,
    noEcho: true,
    timeout: TIMEOUT,
    pingInterval: PING_INTERVAL,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT,
    // A server that has just started may not know its users yet.
    ignoreAuthErrorAbort: true,
    ...(token === undefined ? {} : { token }),
    ...(user === undefined ? {} : { user, pass: password ?? '' }),
    ...(options.credentialsFile === undefined ? {} : { authenticator: await authenticatorOf(options.credentialsFile) }),
    ...(isTls ? { tls: await tlsOf({ caFile, certFile, keyFile }) } : {}),
  }
  try {
    return await client.connect(settings)
  } catch (error) {
    throw connectError(error as Error, options)
  }
}

/** The servers, with one that is there and can be used before the others. */
async function greetedFirst({ servers, certFile }: NatsOptions): Promise<string[]> {
  let problem: ClusterError | undefined
  for (const server of servers) {
    try {
      const { tls_verify: wantsCertificate } = await greetingOf(server)
      if (wantsCertificate === true && certFile === undefined) {
        const message = `NATS at ${server} wants a certificate of its clients`
        throw new ClusterError('ERR_NATS_REFUSED', message, 'give --nats-cert FILE and --nats-key FILE')
      }
      return [server, ...servers.filter((other) => other !== server)]
    } catch (error) {
      problem = error as ClusterError
    }
  }
  throw problem
}

/** Of a user that an account knows, or of a key that the server itself knows. */
async function authenticatorOf(path: string): Promise<Authenticator> {
  const client = loadClient()
  const content = await readPem(path, 'credentials')
  if (/BEGIN NATS USER JWT/.test(content) && /BEGIN USER NKEY SEED/.test(content)) {
    return client.credsAuthenticator(Buffer.from(content))
  }
  const [seed] = /\bSU[A-Z2-7]{56}\b/.exec(content) ?? []
  if (seed !== undefined) return client.nkeyAuthenticator(Buffer.from(seed))
  throw new ClusterError(
    'ERR_NATS_OPTIONS',
    `${path} is no credentials file: it must hold a NATS user JWT and the seed of its key, or the seed of an nkey alone`,
    'make one with: nsc generate creds',
  )
}

async function tlsOf(files: Pick<NatsOptions, 'caFile' | 'certFile' | 'keyFile'>): Promise<ConnectionOptions['tls']> {
  const { caFile, certFile, keyFile } = files
  return {
    ...(caFile === undefined ? {} : { ca: await readPem(caFile, 'certificates') }),
    ...(certFile === undefined ? {} : { cert: await readPem(certFile, 'certificate') }),
    ...(keyFile === undefined ? {} : { key: await readPem(keyFile, 'key') }),
  }
}

function readPem(path: string, what: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    const message = `the ${what} for NATS in ${path} cannot be read: ${error.message}`
    throw new ClusterError('ERR_NATS_OPTIONS', message, 'give the path of a file that this user may read', error)
  })
}

function connectError(error: Error, options: NatsOptions): ClusterError {
  const { errors } = loadClient()
  const where = options.servers.join(', ')
  const { code = '' } = error as NodeJS.ErrnoException
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    const isAnonymous = [options.token, options.user, options.credentialsFile].every((given) => given === undefined)
    const message = isAnonymous
      ? `NATS at ${where} lets in nobody without credentials`
      : `NATS at ${where} refuses these credentials`
    const hint = 'give --nats-creds FILE, or SOCKEYE_NATS_TOKEN, or --nats nats://user:password@host'
    return new ClusterError('ERR_NATS_REFUSED', message, hint, error)
  }
  if (
    /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/.test(code) ||
    /certificate|PEM|SSL|TLS/i.test(error.message)
  ) {
    const message = `no encrypted connection to NATS at ${where}: ${error.message}`
    const hint = /does not support/.test(error.message)
      ? 'the server is not set up for TLS: use nats:// and no --nats-ca or --nats-cert'
      : 'name the certificate that signed the one of the server: --nats-ca FILE'
    return new ClusterError('ERR_NATS_CONNECT', message, hint, error)
  }
  return unreachable(where, error instanceof errors.TimeoutError ? 'it takes too long' : error.message, error)
}

/** A user who can publish to agents can run code on them. */
function assertGuarded(connection: NatsConnection, options: NatsOptions): void {
  if (options.isInsecureAllowed) return
  const server = connection.getServer()
  if (isLoopback(server.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))) return
  const { auth_required: isGuarded, tls_verify: wantsCertificate } = connection.info ?? {}
  // One that has a user for those that bring no credentials does not say that it wants some.
  if (isGuarded === true) return
  if (wantsCertificate === true && options.certFile !== undefined) return
  throw new ClusterError(
    'ERR_NATS_OPEN',
    `NATS at ${server} lets in everybody, and whoever can publish there can run code on the agents`,
    'give it users or a token (see docs/distributed.md), or say --insecure-nats where nobody else can reach it',
  )
}

async function jetStreamOf(connection: NatsConnection): Promise<JetStreamManager> {
  try {
    return await loadJetStream().jetstreamManager(connection, { timeout: TIMEOUT })
  } catch (error) {
    throw storeError(error as Error, connection.getServer())
  }
}

/** Its class is not public. */
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

/** The client wraps what the server forbade. */
function violationIn(error: unknown): Error | undefined {
  const { PermissionViolationError } = loadClient().errors
  if (error instanceof PermissionViolationError) return error
  return error instanceof Error && error.cause instanceof PermissionViolationError ? error.cause : undefined
}

function denied(error: Error, server: string): ClusterError {
  const message = `NATS at ${server} does not let this user do what a run needs: ${error.message}`
  return new ClusterError('ERR_NATS_DENIED', message, 'which permissions that are is in docs/distributed.md', error)
}

/** The connection was lost while something waited for an answer. */
class ConnectionLost extends Error {}

class NatsTransport implements Transport {
  readonly #connection: NatsConnection
  readonly #manager: JetStreamManager
  readonly #listeners = new Set<(isConnected: boolean) => void>()
  #maxPayload: number
  #isConnected = true
  #isClosed = false
  /** What the server has forbidden; it says so some time after it was asked. */
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
    // This transport has closed the connection itself.
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
    // While it is not connected the client would store messages without a bound.
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
      // What the server forbids comes before its answer, and is told a moment after it.
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

  /** Repeats what a lost connection has interrupted; after a restart, JetStream is there a little later than its server. */
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

  #isPassing(error: Error): boolean {
    if (violationIn(error) !== undefined) return false
    const { errors } = loadClient()
    return (
      error instanceof ConnectionLost ||
      error instanceof errors.TimeoutError ||
      error instanceof errors.RequestError ||
      error instanceof errors.NoRespondersError ||
      // JetStream was there when this transport was opened.
      isNotEnabled(error)
    )
  }

  /** Rejects at once when the connection is lost, whatever the client would still wait for. */
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

  /** The bucket is made only for writing, so that agents need no right to make it. */
  async #openToWrite(): Promise<ObjectStore> {
    const files = await this.#open()
    if (files !== undefined) return files
    const description = 'scripts of sockeye runs, for the agents that play them'
    return this.#objects().create(BUCKET, { description, ttl: DAY * 1e6 })
  }

  /** Undefined when there is no bucket yet. */
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

/** Throws outside of the client: inside, an exception of a listener would stop the connection without a word. */
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
