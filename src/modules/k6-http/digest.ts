/**
 * Digest access authentication: one challenge, one answer.
 *
 * Source  RFC 7616; docs/spec/http.md §12
 */
import { createHash, randomBytes } from 'node:crypto'
import type { ResponseHead } from '../../net/http/response-parser.js'
import type { Authenticator, Credentials } from './authentication.js'
import { challengesOf } from './challenge.js'
import type { HopRequest } from './hop.js'

const ALGORITHMS: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256' }

type Parameters = ReadonlyMap<string, string>

export class DigestAuthenticator implements Authenticator {
  readonly #credentials: Credentials
  #hasAnswered = false

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  answer({ status, fields }: ResponseHead, hop: HopRequest): string | null {
    if (status !== 401 || this.#hasAnswered) return null
    this.#hasAnswered = true
    for (const { scheme, parameters } of challengesOf(fields)) {
      const answer = scheme === 'digest' ? digestAnswer(parameters, hop, this.#credentials) : null
      if (answer !== null) return answer
    }
    return null
  }
}

/** Null for a challenge with an algorithm or a `qop` that is not known here. */
function digestAnswer(
  challenge: Parameters,
  { method, target: { resource: uri }, body }: HopRequest,
  { user, password }: Credentials,
): string | null {
  const cnonce = randomBytes(16).toString('hex')
  const [, name = '', session] = /^(md5|sha-256)(-sess)?$/i.exec(challenge.get('algorithm') ?? 'MD5') ?? []
  const algorithm = ALGORITHMS[name.toLowerCase()]
  const nonce = challenge.get('nonce')
  const qop = chooseQop(challenge.get('qop'))
  if (algorithm === undefined || nonce === undefined || qop === null) return null
  const realm = challenge.get('realm') ?? ''
  const hash = (data: string | Uint8Array): string => createHash(algorithm).update(data).digest('hex')
  const secret = hash(`${user}:${realm}:${password}`)
  const a1 = session === undefined ? secret : hash(`${secret}:${nonce}:${cnonce}`)
  const a2 = hash(qop === 'auth-int' ? `${method}:${uri}:${hash(body ?? '')}` : `${method}:${uri}`)
  const response = hash(qop === '' ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:00000001:${cnonce}:${qop}:${a2}`)
  const parts = [
    `username="${quoted(user)}"`,
    `realm="${quoted(realm)}"`,
    `nonce="${quoted(nonce)}"`,
    `uri="${quoted(uri)}"`,
    `response="${response}"`,
  ]
  const given = challenge.get('algorithm')
  const opaque = challenge.get('opaque')
  if (given !== undefined) parts.push(`algorithm=${given}`)
  if (opaque !== undefined) parts.push(`opaque="${quoted(opaque)}"`)
  if (qop !== '') parts.push(`qop=${qop}`, 'nc=00000001')
  if (qop !== '' || session !== undefined) parts.push(`cnonce="${cnonce}"`)
  return `Digest ${parts.join(', ')}`
}

/** The empty text when the server offers none; null when it offers only values that are not known here. */
function chooseQop(offered: string | undefined): '' | 'auth' | 'auth-int' | null {
  if (offered === undefined || offered.trim() === '') return ''
  const names = offered.split(',').map((name) => name.trim().toLowerCase())
  if (names.includes('auth')) return 'auth'
  return names.includes('auth-int') ? 'auth-int' : null
}

function quoted(text: string): string {
  return text.replace(/["\\]/g, '\\$&')
}
