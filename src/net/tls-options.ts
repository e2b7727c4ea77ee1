/**
 * The TLS options of a test: `insecureSkipTLSVerify`, `tlsVersion`, `tlsCipherSuites`, `tlsAuth`.
 *
 * Shape   plain data, ready for createSecureContext; checked here, so that a mistake stops the test before it starts
 * Errors  NetworkOptionError with k6's texts
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { SecureVersion } from 'node:tls'
import { withKnownNames } from '../base/field-name.js'
import { cipherSuiteNames, isCipherSuite, isGone } from './cipher-suites.js'
import { NetworkOptionError, shown } from './errors.js'

export interface ClientCertificate {
  cert: string
  key: string
  passphrase: string | undefined
}

export interface TlsOptions {
  insecureSkipVerify: boolean
  minVersion: SecureVersion
  maxVersion: SecureVersion
  /** Cipher suites by their IANA names; null takes OpenSSL's default. */
  cipherSuites: string[] | null
  /** Client certificates; every server that asks gets one. At most one per type of key: OpenSSL keeps no more. */
  clientCertificates: ClientCertificate[]
}

const VERSIONS = new Map<unknown, SecureVersion>([
  ['tls1.0', 'TLSv1'],
  ['tls1.1', 'TLSv1.1'],
  ['tls1.2', 'TLSv1.2'],
  ['tls1.3', 'TLSv1.3'],
])
const ORDER: SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

export function parseTlsVersion(value: unknown): { minVersion: SecureVersion; maxVersion: SecureVersion } {
  if (value === undefined || value === null) return { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' }
  if (typeof value !== 'object') return { minVersion: version(value), maxVersion: version(value) }
  const { min, max } = withKnownNames(value as Record<string, unknown>, ['min', 'max'])
  const maxVersion = isSet(max) ? version(max) : 'TLSv1.3'
  // Without a minimum the default holds, unless the maximum is below it.
  const minVersion = isSet(min) ? version(min) : older('TLSv1.2', maxVersion)
  if (older(minVersion, maxVersion) !== minVersion) {
    throw new NetworkOptionError('tlsVersion', `tlsVersion.min '${min}' is above tlsVersion.max '${max}'`)
  }
  return { minVersion, maxVersion }
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function older(a: SecureVersion, b: SecureVersion): SecureVersion {
  return ORDER.indexOf(a) <= ORDER.indexOf(b) ? a : b
}

function version(value: unknown): SecureVersion {
  const found = VERSIONS.get(value)
  if (found !== undefined) return found
  throw new NetworkOptionError('tlsVersion', `unknown TLS version '${value}'`, 'use tls1.0, tls1.1, tls1.2 or tls1.3')
}

/** Suites that k6 knows and OpenSSL does not are left out with a warning, as long as others are left. */
export function parseCipherSuites(value: unknown, warnings: string[]): string[] | null {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value)) {
    throw new NetworkOptionError('tlsCipherSuites', `tlsCipherSuites must be an array of names, got ${shown(value)}`)
  }
  for (const name of value) {
    if (!isCipherSuite(name) && !isGone(name)) {
      throw new NetworkOptionError('tlsCipherSuites', `unknown cipher suite '${name}'`, supportedSuites())
    }
  }
  const gone = value.filter(isGone)
  if (gone.length > 0 && gone.length === value.length) {
    const message = `tlsCipherSuites has only suites that OpenSSL no longer has: ${gone.join(', ')}`
    throw new NetworkOptionError('tlsCipherSuites', message, supportedSuites())
  }
  if (gone.length > 0)
    warnings.push(`tlsCipherSuites: OpenSSL no longer has ${gone.join(', ')}; the others are offered`)
  return value.length === 0 ? null : value.filter((name) => !isGone(name))
}

function supportedSuites(): string {
  return `supported here: ${cipherSuiteNames().join(', ')}`
}

export function parseTlsAuth(value: unknown, warnings: string[]): ClientCertificate[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) {
    throw new NetworkOptionError('tlsAuth', `tlsAuth must be an array of {cert, key}, got ${shown(value)}`)
  }
  if (value.some((entry) => Array.isArray(entry?.domains) && entry.domains.length > 0)) {
    warnings.push('tlsAuth.domains is deprecated and has no effect: a client certificate is offered to every server')
  }
  const byKeyType = new Map<string, ClientCertificate>()
  for (const entry of value) {
    const { certificate, keyType } = parseClientCertificate(withKnownNames(entry ?? {}, ['cert', 'key', 'password']))
    if (!byKeyType.has(keyType)) byKeyType.set(keyType, certificate)
    else warnings.push(`tlsAuth has more than one certificate with a key of type ${keyType}; the first one is used`)
  }
  return [...byKeyType.values()]
}

function parseClientCertificate(entry: { cert?: unknown; key?: unknown; password?: unknown }): {
  certificate: ClientCertificate
  keyType: string
} {
  const cert = String(entry.cert ?? '')
  const key = String(entry.key ?? '')
  const passphrase = entry.password === undefined || entry.password === null ? undefined : String(entry.password)
  const certificate = parseCertificate(cert)
  const privateKey = parseKey(key, passphrase)
  if (!certificate.checkPrivateKey(privateKey)) throw authError('tls: private key does not match public key')
  return { certificate: { cert, key, passphrase }, keyType: privateKey.asymmetricKeyType ?? 'unknown' }
}

function parseCertificate(pem: string): X509Certificate {
  if (!pem.includes('-----BEGIN ')) throw authError('tls: failed to find any PEM data in certificate input')
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw authError(`x509: malformed certificate: ${(error as Error).message}`)
  }
}

function parseKey(pem: string, passphrase: string | undefined): KeyObject {
  if (!pem.includes('-----BEGIN ')) throw authError('tls: failed to find any PEM data in key input')
  if (pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')) {
    throw authError(
      'encrypted pkcs8 formatted key is not supported',
      'decrypt it first: openssl pkcs8 -in key.pem -out plain.pem',
    )
  }
  if (pem.includes('Proc-Type: 4,ENCRYPTED') && passphrase === undefined) {
    throw authError('x509: decryption password incorrect', 'the key is encrypted: give its password')
  }
  try {
    return createPrivateKey({ key: pem, passphrase })
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw authError(
      code.includes('DECRYPT') ? 'x509: decryption password incorrect' : `tls: failed to parse private key: ${message}`,
    )
  }
}

function authError(message: string, hint = 'tlsAuth takes the texts of PEM files, for example open("./client.pem")') {
  return new NetworkOptionError('tlsAuth', message, hint)
}
