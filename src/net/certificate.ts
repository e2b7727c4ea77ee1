/**
 * Is this server's certificate good for the host we wanted? Asked in Go's order (time, name, chain), because the first
 * answer is the text that scripts see. The chain itself has been checked by OpenSSL during the handshake.
 *
 * Errors  returned as text, without `tls: failed to verify certificate: `; null when all is well
 */
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { isIpLiteral } from './address.js'

export function verificationFailure(socket: TLSSocket, host: string, now: Date = new Date()): string | null {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return 'x509: certificate signed by unknown authority'
  return timeFailure(certificate, now) ?? nameFailure(certificate, host) ?? chainFailure(socket)
}

function timeFailure(certificate: X509Certificate, now: Date): string | null {
  const text = 'x509: certificate has expired or is not yet valid: current time'
  const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)]
  if (now < from) return `${text} ${goTime(now)} is before ${goTime(from)}`
  if (now > to) return `${text} ${goTime(now)} is after ${goTime(to)}`
  return null
}

function goTime(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

/** Exported for tests. */
export function nameFailure(certificate: X509Certificate, host: string): string | null {
  const names = alternativeNames(certificate)
  if (isIpLiteral(host)) {
    if (certificate.checkIP(host) !== undefined) return null
    if (names.addresses.length > 0) return validFor(names.addresses, host)
    return `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`
  }
  const name = host.replace(/\.$/, '')
  // The subject's common name does not count, as in browsers and in Go.
  if (certificate.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined) return null
  if (names.hosts.length > 0) return validFor(names.hosts, host)
  if (names.addresses.length === 0 && /^CN=/m.test(certificate.subject ?? '')) {
    return 'x509: certificate relies on legacy Common Name field, use SANs instead'
  }
  return `x509: certificate is not valid for any names, but wanted to match ${host}`
}

function validFor(names: string[], host: string): string {
  if (names.length > 100) {
    return `x509: certificate is valid for ${names.length} names, but none matched ${host}`
  }
  return `x509: certificate is valid for ${names.join(', ')}, not ${host}`
}

interface AlternativeNames {
  hosts: string[]
  addresses: string[]
}

/** Node gives `DNS:a.test, IP Address:127.0.0.1`; names with commas are JSON strings. */
function alternativeNames(certificate: X509Certificate): AlternativeNames {
  const names: AlternativeNames = { hosts: [], addresses: [] }
  const entries = certificate.subjectAltName?.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []
  for (const entry of entries) {
    const [, kind, value] = /^\s*(DNS|IP Address):(.*)$/.exec(entry) ?? []
    if (kind === 'DNS') names.hosts.push(value!)
    else if (kind === 'IP Address') names.addresses.push(value!)
  }
  return names
}

const CHAIN_TEXTS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
  CERT_SIGNATURE_FAILURE: 'x509: certificate signed by unknown authority (crypto/x509: verification error)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'x509: certificate signed by unknown authority',
  INVALID_CA: 'x509: certificate signed by unknown authority',
  INVALID_PURPOSE: 'x509: certificate specifies an incompatible key usage',
  PATH_LENGTH_EXCEEDED: 'x509: too many intermediates for path length constraint',
  SELF_SIGNED_CERT_IN_CHAIN: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'x509: certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'x509: certificate signed by unknown authority',
}

function chainFailure(socket: TLSSocket): string | null {
  if (socket.authorized) return null
  // Typed as Error; at run time it is OpenSSL's code as a string.
  const code = String(socket.authorizationError ?? '')
  return CHAIN_TEXTS[code] ?? `x509: ${code}`
}
