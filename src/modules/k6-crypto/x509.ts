/**
 * Module `k6/crypto/x509`: reads certificates.
 *
 * Errors  HostError `failed to decode certificate PEM file`, `failed to parse certificate: …`
 * Source  docs/spec/http.md §24.5; RFC 5280
 */
import type { X509Certificate } from 'node:crypto'
import { HostError } from '../../vu/host-error.js'
import type { BuiltinModule } from '../module.js'
import { type DerNode, oidText, readNodes, stringText, Tag } from './der.js'

interface NamePart {
  readonly type: string
  readonly value: string
}

export const k6X509: BuiltinModule = {
  create: () => ({
    parse: (pem?: unknown) => describe(read(pem)),
    getAltNames: (pem?: unknown) => alternativeNames(read(pem).certificate),
    getIssuer: (pem?: unknown) => issuerOf(read(pem)),
    getSubject: (pem?: unknown) => subjectOf(read(pem)),
  }),
}

interface Parsed {
  readonly certificate: X509Certificate
  readonly issuer: readonly NamePart[]
  readonly subject: readonly NamePart[]
  /** Object identifier. */
  readonly signatureAlgorithm: string
}

const PEM = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/

function read(pem: unknown): Parsed {
  const text = String(pem)
  const base64 = PEM.exec(text)?.[1]
  if (base64 === undefined) throw new HostError('failed to decode certificate PEM file')
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  try {
    const certificate = new X509Certificate(Buffer.from(base64, 'base64'))
    return { certificate, ...partsOf(certificate.raw) }
  } catch (error) {
    throw new HostError(`failed to parse certificate: ${(error as Error).message}`)
  }
}

/** Certificate ::= SEQUENCE { tbs SEQUENCE { [0] version, serial, algorithm, issuer, validity, subject, … }, algorithm, signature } */
function partsOf(der: Uint8Array): Omit<Parsed, 'certificate'> {
  const [tbs, algorithm] = readNodes(only(readNodes(der)).content)
  const fields = readNodes(only([tbs]).content).filter(({ tag }) => tag !== Tag.version)
  return {
    issuer: nameParts(only([fields[2]])),
    subject: nameParts(only([fields[4]])),
    signatureAlgorithm: oidText(only(readNodes(only([algorithm]).content)).content),
  }
}

function only(nodes: readonly (DerNode | undefined)[]): DerNode {
  const [node] = nodes
  if (node === undefined) throw new RangeError('a part is missing')
  return node
}

/** Name ::= SEQUENCE OF SET OF SEQUENCE { type, value } */
function nameParts({ content }: DerNode): NamePart[] {
  return readNodes(content)
    .flatMap((set) => readNodes(set.content))
    .map((pair) => {
      const [type, value] = readNodes(pair.content)
      return { type: oidText(only([type]).content), value: stringText(only([value])) }
    })
}

function describe(parsed: Parsed) {
  const { certificate, signatureAlgorithm } = parsed
  return {
    subject: subjectOf(parsed),
    issuer: issuerOf(parsed),
    notBefore: isoSeconds(certificate.validFrom),
    notAfter: isoSeconds(certificate.validTo),
    altNames: alternativeNames(certificate),
    signatureAlgorithm: SIGNATURE_ALGORITHMS[signatureAlgorithm] ?? signatureAlgorithm,
    fingerPrint: certificate.fingerprint.split(':').map((byte) => Number.parseInt(byte, 16)),
    publicKey: publicKeyOf(certificate),
  }
}

const SIGNATURE_ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.840.10040.4.3': 'DSA-SHA1',
  '1.2.840.10045.4.1': 'ECDSA-SHA1',
  '1.2.840.10045.4.3.2': 'ECDSA-SHA256',
  '1.2.840.10045.4.3.3': 'ECDSA-SHA384',
  '1.2.840.10045.4.3.4': 'ECDSA-SHA512',
  '1.2.840.113549.1.1.4': 'MD5-RSA',
  '1.2.840.113549.1.1.5': 'SHA1-RSA',
  '1.2.840.113549.1.1.10': 'SHA256-RSAPSS',
  '1.2.840.113549.1.1.11': 'SHA256-RSA',
  '1.2.840.113549.1.1.12': 'SHA384-RSA',
  '1.2.840.113549.1.1.13': 'SHA512-RSA',
  '1.3.101.112': 'Ed25519',
}

function subjectOf({ subject }: Parsed) {
  return {
    ...commonParts(subject),
    postalCode: firstOf(subject, '2.5.4.17'),
    streetAddress: firstOf(subject, '2.5.4.9'),
    organizationalUnitName: subject.filter(({ type }) => type === '2.5.4.11').map(({ value }) => value),
  }
}

function issuerOf({ issuer }: Parsed) {
  return commonParts(issuer)
}

function commonParts(parts: readonly NamePart[]) {
  return {
    commonName: firstOf(parts, '2.5.4.3'),
    country: firstOf(parts, '2.5.4.6'),
    stateOrProvinceName: firstOf(parts, '2.5.4.8'),
    localityName: firstOf(parts, '2.5.4.7'),
    organizationName: firstOf(parts, '2.5.4.10'),
    names: parts.map((part) => ({ ...part })),
  }
}

function firstOf(parts: readonly NamePart[], oid: string): string {
  return parts.find(({ type }) => type === oid)?.value ?? ''
}

/** Node gives text such as `DNS:a.test, IP Address:127.0.0.1`. A name that has a comma is a JSON string there. */
function alternativeNames({ subjectAltName }: X509Certificate): string[] {
  const entries = subjectAltName?.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []
  return entries.flatMap((entry) => {
    const [, value] = /^\s*(?:DNS|IP Address|email|URI):(.*)$/s.exec(entry) ?? []
    if (value === undefined) return []
    return value.startsWith('"') ? [JSON.parse(value) as string] : [value]
  })
}

function isoSeconds(date: string): string {
  return new Date(date).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

function publicKeyOf({ publicKey }: X509Certificate) {
  const jwk = (): Record<string, string> => publicKey.export({ format: 'jwk' }) as Record<string, string>
  switch (publicKey.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return { algorithm: 'RSA', key: { e: number(jwk()['e']), n: bytes(jwk()['n']) } }
    case 'ec': {
      const { crv, x, y } = jwk()
      return { algorithm: 'ECDSA', key: { curve: crv, x: bytes(x), y: bytes(y) } }
    }
    case 'dsa':
      return { algorithm: 'DSA', key: bytesOf(publicKey.export({ format: 'der', type: 'spki' })) }
    default:
      return {
        algorithm: publicKey.asymmetricKeyType ?? '',
        key: bytesOf(publicKey.export({ format: 'der', type: 'spki' })),
      }
  }
}

function bytes(base64url: string | undefined): number[] {
  return bytesOf(Buffer.from(base64url ?? '', 'base64url'))
}

function bytesOf(buffer: Uint8Array): number[] {
  return [...buffer]
}

function number(base64url: string | undefined): number {
  return bytes(base64url).reduce((value, byte) => value * 256 + byte, 0)
}
