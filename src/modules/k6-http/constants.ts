/** The constants of `k6/http`. Source: docs/spec/http.md §1. */

const OCSP_STATUSES = ['GOOD', 'REVOKED', 'SERVER_FAILED', 'UNKNOWN']

const OCSP_REASONS = [
  'UNSPECIFIED',
  'KEY_COMPROMISE',
  'CA_COMPROMISE',
  'AFFILIATION_CHANGED',
  'SUPERSEDED',
  'CESSATION_OF_OPERATION',
  'CERTIFICATE_HOLD',
  'REMOVE_FROM_CRL',
  'PRIVILEGE_WITHDRAWN',
  'AA_COMPROMISE',
]

export const CONSTANTS: Readonly<Record<string, string>> = {
  TLS_1_0: 'tls1.0',
  TLS_1_1: 'tls1.1',
  TLS_1_2: 'tls1.2',
  TLS_1_3: 'tls1.3',
  ...named('OCSP_STATUS_', OCSP_STATUSES),
  ...named('OCSP_REASON_', OCSP_REASONS),
}

function named(prefix: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [prefix + name, name.toLowerCase()]))
}
