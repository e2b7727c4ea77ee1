/**
 * A self-signed certificate for the echo server, made anew at every start. Its keys are P-256, which take a millisecond to make. The X.509
 * structure is written by hand: it is one page, and the packages that can do it bring twenty others.
 *
 *   Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }
 *   tbsCertificate ::= SEQUENCE { [0] version, serial, signatureAlgorithm, issuer, validity, subject, publicKey, [3] extensions }
 *
 * The certificate is its own authority: a client that trusts it (`ca: pem`) can verify it.
 *
 * Source  RFC 5280; DER as in ITU-T X.690
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIP, isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

export interface Certificate {
  /** The certificate as the text of a PEM file. */
  readonly cert: string
  readonly key: string
}

const VALID_DAYS = 365
const DAY = 24 * 60 * 60 * 1000

/** `names` are host names and IP addresses that the certificate is valid for. */
export function createCertificate(names: readonly string[], now: number = Date.now()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = tbsCertificate(names, now, publicKey.export({ type: 'spki', format: 'der' }))
  const signature = sign('sha256', body, privateKey)
  const der = sequence(body, ECDSA_WITH_SHA256, bitString(signature))
  return { cert: pem('CERTIFICATE', der), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function tbsCertificate(names: readonly string[], now: number, publicKey: Buffer): Buffer {
  const serial = randomBytes(16)
  // The serial number must be a positive number without leading zeros.
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40
  const name = sequence(set(sequence(COMMON_NAME, element(UTF8_STRING, Buffer.from('sockeye echo server')))))
  // Valid from yesterday on: the clock of the client's machine may be behind.
  const validity = sequence(time(now - DAY), time(now + VALID_DAYS * DAY))
  const version = element(CONTEXT | 0, integer(Buffer.from([2])))
  const extensions = element(CONTEXT | 3, sequence(...certificateExtensions(names)))
  return sequence(version, integer(serial), ECDSA_WITH_SHA256, name, validity, name, publicKey, extensions)
}

function certificateExtensions(names: readonly string[]): Buffer[] {
  const isAuthority = sequence(element(BOOLEAN, Buffer.from([0xff])))
  const alternatives = sequence(...names.map(alternativeName))
  return [
    extension(BASIC_CONSTRAINTS, true, isAuthority),
    // digitalSignature and keyCertSign: bits 0 and 5, two bits of the octet unused.
    extension(KEY_USAGE, true, element(BIT_STRING, Buffer.from([2, 0b1000_0100]))),
    extension(EXTENDED_KEY_USAGE, false, sequence(SERVER_AUTHENTICATION)),
    extension(SUBJECT_ALTERNATIVE_NAME, false, alternatives),
  ]
}

function alternativeName(name: string): Buffer {
  if (isIP(name) === 0) return element(CONTEXT_PRIMITIVE | 2, Buffer.from(name, 'latin1'))
  const bytes = isIPv4(name) ? ipaddr.IPv4.parse(name).toByteArray() : ipaddr.IPv6.parse(name).toByteArray()
  return element(CONTEXT_PRIMITIVE | 7, Buffer.from(bytes))
}

function extension(identifier: Buffer, critical: boolean, value: Buffer): Buffer {
  const parts = [identifier, element(OCTET_STRING, value)]
  if (critical) parts.splice(1, 0, element(BOOLEAN, Buffer.from([0xff])))
  return sequence(...parts)
}

// Tags of ASN.1.
const BOOLEAN = 0x01
const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const OBJECT_IDENTIFIER = 0x06
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
const UTC_TIME = 0x17
const SEQUENCE = 0x30
const SET = 0x31
const CONTEXT_PRIMITIVE = 0x80
const CONTEXT = 0xa0

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'))
const COMMON_NAME = oid('550403')
const BASIC_CONSTRAINTS = oid('551d13')
const KEY_USAGE = oid('551d0f')
const SUBJECT_ALTERNATIVE_NAME = oid('551d11')
const EXTENDED_KEY_USAGE = oid('551d25')
const SERVER_AUTHENTICATION = oid('2b06010505070301')

function element(tag: number, ...content: Buffer[]): Buffer {
  const value = Buffer.concat(content)
  const size = value.length
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), value])
  const length = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}

function sequence(...content: Buffer[]): Buffer {
  return element(SEQUENCE, ...content)
}

function set(...content: Buffer[]): Buffer {
  return element(SET, ...content)
}

function integer(value: Buffer): Buffer {
  return element(INTEGER, value)
}

function bitString(value: Buffer): Buffer {
  return element(BIT_STRING, Buffer.from([0]), value)
}

function oid(hex: string): Buffer {
  return element(OBJECT_IDENTIFIER, Buffer.from(hex, 'hex'))
}

/** Two digits for the year until 2049, four from then on, as RFC 5280 demands. */
function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
  return text < '2050' ? element(UTC_TIME, Buffer.from(text.slice(2))) : element(GENERALIZED_TIME, Buffer.from(text))
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) as string[]
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
