/**
 * TLS failures in Go's words, made from the codes that Node gives OpenSSL's errors.
 *
 * Shape   ERR_SSL_[TLSV1_|SSLV3_|TLSV13_|SSL/TLS_][ALERT_]NAME; the prefixed ones are alerts that the peer sent
 */

const ALERTS: Record<string, string> = {
  ACCESS_DENIED: 'access denied',
  BAD_CERTIFICATE: 'bad certificate',
  BAD_CERTIFICATE_HASH_VALUE: 'bad certificate hash value',
  BAD_CERTIFICATE_STATUS_RESPONSE: 'bad certificate status response',
  BAD_RECORD_MAC: 'bad record MAC',
  CERTIFICATE_EXPIRED: 'expired certificate',
  CERTIFICATE_REQUIRED: 'certificate required',
  CERTIFICATE_REVOKED: 'revoked certificate',
  CERTIFICATE_UNKNOWN: 'unknown certificate',
  CERTIFICATE_UNOBTAINABLE: 'certificate unobtainable',
  DECODE_ERROR: 'error decoding message',
  DECOMPRESSION_FAILURE: 'decompression failure',
  DECRYPT_ERROR: 'error decrypting message',
  DECRYPTION_FAILED: 'decryption failed',
  EXPORT_RESTRICTION: 'export restriction',
  HANDSHAKE_FAILURE: 'handshake failure',
  ILLEGAL_PARAMETER: 'illegal parameter',
  INAPPROPRIATE_FALLBACK: 'inappropriate fallback',
  INSUFFICIENT_SECURITY: 'insufficient security level',
  INTERNAL_ERROR: 'internal error',
  MISSING_EXTENSION: 'missing extension',
  NO_APPLICATION_PROTOCOL: 'no application protocol',
  NO_RENEGOTIATION: 'no renegotiation',
  PROTOCOL_VERSION: 'protocol version not supported',
  RECORD_OVERFLOW: 'record overflow',
  UNEXPECTED_MESSAGE: 'unexpected message',
  UNKNOWN_CA: 'unknown certificate authority',
  UNKNOWN_PSK_IDENTITY: 'unknown PSK identity',
  UNRECOGNIZED_NAME: 'unrecognized name',
  UNSUPPORTED_CERTIFICATE: 'unsupported certificate',
  UNSUPPORTED_EXTENSION: 'unsupported extension',
  USER_CANCELLED: 'user canceled',
}

const ALERT_CODE = /^ERR_SSL_(?:TLSV1|SSLV3|TLSV13|SSL\/TLS)_(?:ALERT_)?(.+)$/

const NOT_TLS = 'tls: first record does not look like a TLS handshake'

/** What this side found wrong. */
const FAILURES: Record<string, string> = {
  ERR_SSL_BAD_RECORD_TYPE: NOT_TLS,
  ERR_SSL_HTTP_REQUEST: NOT_TLS,
  ERR_SSL_HTTPS_PROXY_REQUEST: NOT_TLS,
  ERR_SSL_NO_CIPHERS_AVAILABLE: 'tls: no supported cipher suites',
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: 'tls: no supported versions satisfy MinVersion and MaxVersion',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_UNEXPECTED_MESSAGE: 'tls: unexpected message',
  ERR_SSL_UNKNOWN_PROTOCOL: NOT_TLS,
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls: server selected unsupported protocol version',
  ERR_SSL_WRONG_CIPHER_RETURNED: 'tls: server chose an unconfigured cipher suite',
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
}

/** Null when the error is not one of TLS records. */
export function recordFailureText(error: NodeJS.ErrnoException): string | null {
  const code = error.code ?? ''
  if (!code.startsWith('ERR_SSL_')) return null
  const alert = ALERTS[ALERT_CODE.exec(code)?.[1] ?? '']
  if (alert !== undefined) return `remote error: tls: ${alert}`
  return FAILURES[code] ?? `tls: ${(error as { reason?: string }).reason ?? error.message}`
}

/** Node's wording for a FIN during the handshake; it has no code of its own and no system call. */
export function isEarlyClose(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' && error.syscall === undefined
}
