/** Modules that @types/k6 does not have (any more). */

declare module 'k6/experimental/timers' {
  export * from 'k6/timers'
}

declare module 'k6/experimental/webcrypto' {
  /** The global of that name. */
  export const crypto: typeof globalThis extends { crypto: infer T } ? T : any
}

declare module 'k6/crypto/x509' {
  interface NamePart {
    /** Object identifier: `2.5.4.3`. */
    type: string
    value: string
  }
  interface Issuer {
    commonName: string
    country: string
    stateOrProvinceName: string
    localityName: string
    organizationName: string
    names: NamePart[]
  }
  interface Subject extends Issuer {
    postalCode: string
    streetAddress: string
    organizationalUnitName: string[]
  }
  interface Certificate {
    subject: Subject
    issuer: Issuer
    /** `2025-01-01T00:00:00Z` */
    notBefore: string
    notAfter: string
    altNames: string[]
    /** `SHA256-RSA` */
    signatureAlgorithm: string
    /** SHA-1, 20 bytes. */
    fingerPrint: number[]
    publicKey: { algorithm: string; key: any }
  }
  export function parse(pem: string): Certificate
  export function getAltNames(pem: string): string[]
  export function getIssuer(pem: string): Issuer
  export function getSubject(pem: string): Subject
  const x509: {
    parse: typeof parse
    getAltNames: typeof getAltNames
    getIssuer: typeof getIssuer
    getSubject: typeof getSubject
  }
  export default x509
}
