/** `k6/crypto/x509`. Statement MOD-06 of docs/spec/http.md. */
import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { k6X509 } from '../../src/modules/k6-crypto/x509.js'

const x509 = k6X509.create(undefined as never, undefined as never) as Record<string, (pem?: unknown) => any>
const server = readFileSync(join(process.cwd(), 'test', 'fixtures', 'tls', 'server.pem'), 'utf8')

/** RSA, made with: openssl req -x509 -newkey rsa:1024 -nodes -days 36500 -subj '/C=DE/ST=B/L=Berlin/O=Ünits/OU=one/OU=two/CN=x.test/postalCode=1/street=S' */
const rsa = readFileSync(join(process.cwd(), 'test', 'fixtures', 'tls', 'rsa-names.pem'), 'utf8')

describe('k6/crypto/x509', () => {
  it('MOD-06 parse tells subject, issuer, times, names, algorithms and the fingerprint', () => {
    const parsed = x509['parse']!(server)
    assert.equal(parsed.subject.commonName, 'localhost')
    assert.deepEqual(parsed.issuer.names, [{ type: '2.5.4.3', value: 'sockeye test CA' }])
    assert.deepEqual([parsed.notBefore, parsed.notAfter], ['2025-01-01T00:00:00Z', '2125-01-01T00:00:00Z'])
    assert.deepEqual(parsed.altNames, ['localhost', '*.sock.test', '127.0.0.1', '0:0:0:0:0:0:0:1'])
    assert.equal(parsed.signatureAlgorithm, 'ECDSA-SHA256')
    assert.equal(parsed.publicKey.algorithm, 'ECDSA')
    const { raw } = new X509Certificate(server)
    assert.deepEqual(parsed.fingerPrint, [...createHash('sha1').update(raw).digest()])
  })

  it('MOD-06 every part of a name has its place, with the object identifiers of all', () => {
    const { subject, issuer, publicKey, signatureAlgorithm } = x509['parse']!(rsa)
    const common = {
      commonName: 'x.test',
      country: 'DE',
      stateOrProvinceName: 'B',
      localityName: 'Berlin',
      organizationName: 'Ünits',
    }
    const { names, ...rest } = subject
    assert.deepEqual(rest, { ...common, postalCode: '1', streetAddress: 'S', organizationalUnitName: ['one', 'two'] })
    assert.deepEqual(names[0], { type: '2.5.4.6', value: 'DE' })
    assert.equal(names.length, 9)
    assert.deepEqual(Object.keys(issuer).sort(), [...Object.keys(common), 'names'].sort())
    assert.equal(signatureAlgorithm, 'SHA256-RSA')
    assert.equal(publicKey.algorithm, 'RSA')
    assert.equal(publicKey.key.e, 65537)
    assert.equal(publicKey.key.n.length, 128)
  })

  it('MOD-06 the getters give their part', () => {
    assert.deepEqual(x509['getAltNames']!(server), x509['parse']!(server).altNames)
    assert.deepEqual(x509['getIssuer']!(rsa), x509['parse']!(rsa).issuer)
    assert.deepEqual(x509['getSubject']!(rsa), x509['parse']!(rsa).subject)
  })

  it('MOD-06 what is no certificate is an error', () => {
    for (const method of ['parse', 'getAltNames', 'getIssuer', 'getSubject']) {
      assert.throws(() => x509[method]!('nothing'), {
        name: 'GoError',
        message: 'failed to decode certificate PEM file',
      })
      const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
      assert.throws(() => x509[method]!(broken), { message: /^failed to parse certificate: / })
    }
  })
})
