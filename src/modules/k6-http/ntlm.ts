/**
 * NTLM version 2: we send a negotiate message, the server answers with a challenge, we answer that. All three use one connection.
 *
 * Shape   messages are little-endian and sent in Base64 after the name of the scheme; text in them is UTF-16
 * Source  MS-NLMP, public documentation of Microsoft; docs/spec/http.md §12
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { ResponseHead } from '../../net/http/response-parser.js'
import { Md4 } from '../k6-crypto/md4.js'
import type { Authenticator, Credentials } from './authentication.js'
import { type Challenge, challengesOf } from './challenge.js'

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1')

/** Unicode, request target, NTLM, always sign, extended session security, 128-bit encryption. */
const FLAGS = 0x0000_0001 | 0x0000_0004 | 0x0000_0200 | 0x0000_8000 | 0x0008_0000 | 0x2000_0000

export class NtlmAuthenticator implements Authenticator {
  readonly #credentials: Credentials
  #step: 'begin' | 'negotiating' | 'done' = 'begin'

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  answer({ status, fields }: ResponseHead): string | null {
    const challenge = challengesOf(fields).find(({ scheme }) => scheme === 'ntlm' || scheme === 'negotiate')
    if (status !== 401 || challenge === undefined) return null
    switch (this.#step) {
      case 'begin':
        this.#step = 'negotiating'
        return `${schemeOf(challenge)} ${negotiateMessage().toString('base64')}`
      case 'negotiating':
        this.#step = 'done'
        return this.#authenticate(challenge)
      case 'done':
        return null
    }
  }

  #authenticate(challenge: Challenge): string | null {
    const message = parseChallengeMessage(Buffer.from(challenge.token, 'base64'))
    if (message === null) return null
    return `${schemeOf(challenge)} ${authenticateMessage(message, this.#credentials).toString('base64')}`
  }
}

function schemeOf({ scheme }: Challenge): string {
  return scheme === 'ntlm' ? 'NTLM' : 'Negotiate'
}

function negotiateMessage(): Buffer {
  const message = Buffer.alloc(32)
  SIGNATURE.copy(message)
  message.writeUInt32LE(1, 8)
  message.writeUInt32LE(FLAGS, 12)
  return message
}

interface ChallengeMessage {
  readonly flags: number
  readonly challenge: Buffer
  readonly targetInfo: Buffer
}

function parseChallengeMessage(message: Buffer): ChallengeMessage | null {
  if (message.length < 48 || !message.subarray(0, 8).equals(SIGNATURE) || message.readUInt32LE(8) !== 2) return null
  const length = message.readUInt16LE(40)
  const offset = message.readUInt32LE(44)
  if (offset + length > message.length) return null
  return {
    flags: message.readUInt32LE(20),
    challenge: message.subarray(24, 32),
    targetInfo: message.subarray(offset, offset + length),
  }
}

function authenticateMessage({ flags, challenge, targetInfo }: ChallengeMessage, credentials: Credentials): Buffer {
  const { domain, user } = splitUser(credentials.user)
  const key = hmac(ntHash(credentials.password), utf16(user.toUpperCase() + domain))
  const clientChallenge = randomBytes(8)
  const blob = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    timestampOf(targetInfo),
    clientChallenge,
    Buffer.alloc(4),
    targetInfo,
    Buffer.alloc(4),
  ])
  const ntResponse = Buffer.concat([hmac(key, Buffer.concat([challenge, blob])), blob])
  const lmResponse = Buffer.concat([hmac(key, Buffer.concat([challenge, clientChallenge])), clientChallenge])
  const payload = [lmResponse, ntResponse, utf16(domain), utf16(user), Buffer.alloc(0), Buffer.alloc(0)]
  const head = Buffer.alloc(64)
  SIGNATURE.copy(head)
  head.writeUInt32LE(3, 8)
  let offset = head.length
  payload.forEach((field, i) => {
    head.writeUInt16LE(field.length, 12 + i * 8)
    head.writeUInt16LE(field.length, 14 + i * 8)
    head.writeUInt32LE(offset, 16 + i * 8)
    offset += field.length
  })
  head.writeUInt32LE((flags & FLAGS) >>> 0, 60)
  return Buffer.concat([head, ...payload])
}

function splitUser(given: string): { domain: string; user: string } {
  const slash = given.indexOf('\\')
  return slash < 0 ? { domain: '', user: given } : { domain: given.slice(0, slash), user: given.slice(slash + 1) }
}

const TIMESTAMP = 7

/** The time in the server's message, or else the present, in units of 100 ns since 1601. */
function timestampOf(targetInfo: Buffer): Buffer {
  for (let at = 0; at + 4 <= targetInfo.length; at += 4 + targetInfo.readUInt16LE(at + 2)) {
    if (targetInfo.readUInt16LE(at) === TIMESTAMP && at + 12 <= targetInfo.length)
      return targetInfo.subarray(at + 4, at + 12)
  }
  const now = Buffer.alloc(8)
  now.writeBigUInt64LE((BigInt(Date.now()) + 11_644_473_600_000n) * 10_000n)
  return now
}

function ntHash(password: string): Buffer {
  return Buffer.from(new Md4().update(utf16(password)).digest())
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('md5', key).update(data).digest()
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le')
}
