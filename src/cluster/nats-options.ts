/**
 * The address of NATS and the credentials, from flags and variables. A flag wins over its variable, and both win over credentials in the URL.
 *
 *   flag            variable             what
 *   --nats          SOCKEYE_NATS_URL     nats://host:4222, tls://host:4222, host; several with commas between them
 *   --nats-creds    SOCKEYE_NATS_CREDS   credentials file: a JWT and the seed of a key, or only the seed of an nkey
 *   --nats-token    SOCKEYE_NATS_TOKEN   a token, or user:password
 *   --nats-ca       SOCKEYE_NATS_CA      PEM file with the CA certificates of the server
 *   --nats-cert     SOCKEYE_NATS_CERT    PEM file with our client certificate
 *   --nats-key      SOCKEYE_NATS_KEY     PEM file with the key of that certificate
 *   --insecure-nats                      accepts a server without authentication that is not on this machine
 *
 * Errors  ClusterError ERR_NATS_URL, ERR_NATS_OPTIONS
 */
import type { NatsFlags } from '../config/runtime.js'
import { ClusterError } from './errors.js'

export interface NatsOptions {
  /** `host:port`, without credentials. */
  readonly servers: readonly string[]
  /** Connects with TLS only, also when the server does not ask for it. */
  readonly isTls: boolean
  readonly credentialsFile?: string
  readonly token?: string
  readonly user?: string
  readonly password?: string
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly isInsecureAllowed: boolean
}

const DEFAULT_PORT = 4222
const FORM = 'write it as nats://host:4222, or tls://host:4222 for encrypted connections only'

/** Undefined when there is no address of NATS. */
export function readNatsOptions(flags: NatsFlags, env: NodeJS.ProcessEnv): NatsOptions | undefined {
  const text = (flag: string | undefined, variable: string): string | undefined =>
    flag || env[`SOCKEYE_NATS_${variable}`] || undefined
  const url = text(flags.nats, 'URL')
  if (url === undefined) return undefined
  const credentialsFile = text(flags.natsCreds, 'CREDS')
  const token = text(flags.natsToken, 'TOKEN')
  if (credentialsFile !== undefined && token !== undefined) {
    throw wrong('a credentials file and a token are both given', 'keep one of --nats-creds and --nats-token')
  }
  const certFile = text(flags.natsCert, 'CERT')
  const keyFile = text(flags.natsKey, 'KEY')
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw wrong('a client certificate needs a key, and a key its certificate', 'give both --nats-cert and --nats-key')
  }
  const caFile = text(flags.natsCa, 'CA')
  const places = url.split(',').map((part) => readUrl(part.trim()))
  const isTls = places.some(({ protocol }) => protocol === 'tls:') || caFile !== undefined || certFile !== undefined
  return {
    servers: places.map(({ hostname, port }) => `${hostname}:${port || DEFAULT_PORT}`),
    isTls,
    ...(credentialsFile === undefined ? identityOf(token, places) : { credentialsFile }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile, keyFile: keyFile as string }),
    isInsecureAllowed: flags.insecureNats === true,
  }
}

type Identity = Pick<NatsOptions, 'token' | 'user' | 'password'>

function identityOf(given: string | undefined, places: readonly URL[]): Identity {
  if (given !== undefined) return identity(given)
  const place = places.find(({ username }) => username !== '')
  if (place === undefined) return {}
  const [user, password] = [decodeURIComponent(place.username), decodeURIComponent(place.password)]
  return password === '' ? { token: user } : { user, password }
}

/** `user:password`, or a token. Tokens that NATS servers make have no colon. */
function identity(text: string): Identity {
  const colon = text.indexOf(':')
  return colon < 0 ? { token: text } : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

function readUrl(text: string): URL {
  const given = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `nats://${text}`
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || url.hostname === '')
    throw new ClusterError('ERR_NATS_URL', `"${shown(text)}" is no address of NATS`, FORM)
  if (url.protocol !== 'nats:' && url.protocol !== 'tls:') {
    throw new ClusterError('ERR_NATS_URL', `"${shown(text)}" is not an address that NATS is reached by`, FORM)
  }
  return url
}

/** Hides a possible password: `nats://…@host`. */
function shown(text: string): string {
  return text.replace(/^(.*\/\/)?.*@/, '$1…@')
}

function wrong(message: string, hint: string): ClusterError {
  return new ClusterError('ERR_NATS_OPTIONS', message, hint)
}
