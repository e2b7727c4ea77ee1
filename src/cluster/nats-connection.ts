/**
 * Opens connections to NATS: credentials, TLS, and errors that say what to do.
 *
 * Errors  ClusterError ERR_NATS_CONNECT, ERR_NATS_REFUSED, ERR_NATS_OPEN, ERR_NATS_OPTIONS
 * Source  https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Authenticator, ConnectionOptions, NatsConnection } from '@nats-io/transport-node'
import { isLoopback } from '../api/access.js'
import { ClusterError } from './errors.js'
import { greetingOf, unreachable } from './nats-greeting.js'
import type { NatsOptions } from './nats-options.js'

const require = createRequire(import.meta.url)

/** Loads the client only when it is needed, because that takes 60 ms. */
export const loadClient = (): typeof import('@nats-io/transport-node') => require('@nats-io/transport-node')

/** In ms, for one attempt to connect and for one request to JetStream. */
export const TIMEOUT = 5000
/** In ms; a connection without an answer to two pings is lost. */
const PING_INTERVAL = 2000
/** In ms, between two attempts to connect again. */
export const RECONNECT_WAIT = 250

/** Connects, and refuses a server on another machine that lets in everybody. */
export async function connectNats(options: NatsOptions, name: string): Promise<NatsConnection> {
  const connection = await connect(options, name)
  try {
    assertGuarded(connection, options)
    return connection
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
    // A server that has just started may not have loaded its users yet.
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

/** All servers, a usable one first. */
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

/** From a credentials file: a JWT with the seed of its key, or only the seed of an nkey. */
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

/** Refuses a server that lets in everybody, because whoever can publish to agents can run code on them. */
function assertGuarded(connection: NatsConnection, options: NatsOptions): void {
  if (options.isInsecureAllowed) return
  const server = connection.getServer()
  if (isLoopback(server.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))) return
  const { auth_required: isGuarded, tls_verify: wantsCertificate } = connection.info ?? {}
  // A server with a default user for clients without credentials does not set `auth_required`, and is refused, too.
  if (isGuarded === true) return
  if (wantsCertificate === true && options.certFile !== undefined) return
  throw new ClusterError(
    'ERR_NATS_OPEN',
    `NATS at ${server} lets in everybody, and whoever can publish there can run code on the agents`,
    'give it users or a token (see docs/distributed.md), or say --insecure-nats where nobody else can reach it',
  )
}
