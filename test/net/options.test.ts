import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSecureContext, getCiphers } from 'node:tls'
import fc from 'fast-check'
import { cipherSuiteNames, opensslCipherList } from '../../src/net/cipher-suites.js'
import { NetworkOptionError } from '../../src/net/errors.js'
import { limitsOfCall } from '../../src/net/limits.js'
import { type NetworkOptions, parseNetworkOptions, type RawNetworkOptions } from '../../src/net/options.js'
import { fixture } from './support.js'

function failure(raw: RawNetworkOptions): NetworkOptionError {
  try {
    parseNetworkOptions(raw)
  } catch (error) {
    assert.ok(error instanceof NetworkOptionError, String(error))
    return error
  }
  assert.fail(`accepted: ${JSON.stringify(raw)}`)
}

const client = { cert: fixture('client.pem'), key: fixture('client.key') }

/** Phrase, option, message, exit code. */
const MISTAKES: [string, RawNetworkOptions, string, number][] = [
  ['a wildcard at the end of a host', { hosts: { 'a*': '1.2.3.4' } }, "invalid host pattern 'a*'", 104],
  ['an empty host', { hosts: { '': '1.2.3.4' } }, "invalid host pattern ''", 104],
  [
    'a host with an impossible port',
    { hosts: { 'a.test:70000': '1.2.3.4' } },
    "invalid host pattern 'a.test:70000'",
    104,
  ],
  ['an IPv6 literal as host', { hosts: { '::1': '1.2.3.4' } }, "invalid host pattern '::1'", 104],
  ['a host without address', { hosts: { 'a.test': 'b.test' } }, "invalid host address 'b.test' for 'a.test'", 104],
  ['an address with a bad port', { hosts: { a: '1.2.3.4:x' } }, "invalid host address '1.2.3.4:x' for 'a'", 104],
  ['hosts as a list', { hosts: ['a'] }, 'hosts must be an object of names and addresses, got ["a"]', 104],
  ['a bad blocked pattern', { blockHostnames: ['a*'] }, "invalid hostname pattern 'a*'", 104],
  ['a bad pattern in a comma list', { blockHostnames: 'ok.test,-x' }, "invalid hostname pattern '-x'", 104],
  [
    'a plain IP as range',
    { blacklistIPs: ['1.2.3.4'] },
    "failed to parse CIDR '1.2.3.4': invalid CIDR address: 1.2.3.4",
    104,
  ],
  [
    'too many bits',
    { blacklistIPs: ['1.2.3.4/33'] },
    "failed to parse CIDR '1.2.3.4/33': invalid CIDR address: 1.2.3.4/33",
    104,
  ],
  ['no address in a range', { blacklistIPs: ['x/8'] }, "failed to parse CIDR 'x/8': invalid CIDR address: x/8", 104],
  ['an unknown version', { tlsVersion: 'tls1.4' }, "unknown TLS version 'tls1.4'", 104],
  ['an unknown version as limit', { tlsVersion: { min: 'x' } }, "unknown TLS version 'x'", 104],
  [
    'limits the wrong way round',
    { tlsVersion: { min: 'tls1.3', max: 'tls1.2' } },
    "tlsVersion.min 'tls1.3' is above tlsVersion.max 'tls1.2'",
    104,
  ],
  ['an unknown cipher suite', { tlsCipherSuites: ['X'] }, "unknown cipher suite 'X'", 104],
  [
    'cipher suites that are gone from OpenSSL, and no other',
    { tlsCipherSuites: ['TLS_RSA_WITH_RC4_128_SHA'] },
    'tlsCipherSuites has only suites that OpenSSL no longer has: TLS_RSA_WITH_RC4_128_SHA',
    104,
  ],
  [
    'a certificate that is no PEM',
    { tlsAuth: [{ cert: 'x', key: 'y' }] },
    'tls: failed to find any PEM data in certificate input',
    104,
  ],
  [
    'a key that is no PEM',
    { tlsAuth: [{ cert: client.cert, key: 'y' }] },
    'tls: failed to find any PEM data in key input',
    104,
  ],
  [
    'a key of another certificate',
    { tlsAuth: [{ ...client, key: fixture('server.key') }] },
    'tls: private key does not match public key',
    104,
  ],
  [
    'an encrypted PKCS#8 key',
    { tlsAuth: [{ ...client, key: fixture('client-pkcs8-encrypted.key'), password: 'secret' }] },
    'encrypted pkcs8 formatted key is not supported',
    104,
  ],
  [
    'a wrong password',
    { tlsAuth: [{ ...client, key: fixture('client-encrypted.key'), password: 'no' }] },
    'x509: decryption password incorrect',
    104,
  ],
  [
    'a missing password',
    { tlsAuth: [{ ...client, key: fixture('client-encrypted.key') }] },
    'x509: decryption password incorrect',
    104,
  ],
  ['a ttl that is no duration', { dns: { ttl: 'soon' } }, 'invalid DNS TTL: soon', 255],
  ['a negative ttl', { dns: { ttl: '-5s' } }, 'invalid DNS TTL: -5s', 255],
  ['an unknown select', { dns: { select: 'last' } }, 'last does not belong to DNSSelect values', 104],
  ['an unknown policy', { dns: 'policy=IPv4' }, 'IPv4 does not belong to DNSPolicy values', 104],
  ['a time limit that is none', { connectTimeout: 'x' }, 'connectTimeout must be a duration, got "x" (string)', 104],
  ['a negative time limit', { closeTimeout: -1 }, 'closeTimeout must be a duration, got -1 (number)', 104],
  ['half a byte', { maxMessageSize: 0.5 }, 'maxMessageSize must be a number of bytes, got 0.5 (number)', 104],
  ['an unknown key of dns', { dns: { tll: '5m' } }, "unknown DNS option 'tll'", 104],
]

describe('NET-08 network options', () => {
  for (const [phrase, raw, message, exitCode] of MISTAKES) {
    it(`refuses ${phrase}`, () => {
      const error = failure(raw)
      assert.equal(error.message, message)
      assert.equal(error.exitCode, exitCode)
      assert.equal(error.code, 'ERR_INVALID_NETWORK_OPTION')
      assert.equal(error.option, Object.keys(raw)[0])
    })
  }

  it('takes limits as durations and sizes, 0 for none', () => {
    const { limits } = parseNetworkOptions({
      connectTimeout: '1.5s',
      handshakeTimeout: 250,
      closeTimeout: 0,
      maxMessageSize: '10',
    })
    const closeMs = Number.POSITIVE_INFINITY
    assert.deepEqual(limits, { connectMs: 1500, handshakeMs: 250, closeMs, maxMessageBytes: 10 })
    assert.equal(limitsOfCall({ headers: {} }, limits), limits)
    assert.equal(limitsOfCall({ closeTimeout: '1s' }, limits).closeMs, 1000)
  })

  it('have the defaults of the reference when nothing is given', () => {
    const expected: NetworkOptions = {
      hosts: [],
      blockHostnames: [],
      blacklistIPs: [],
      dns: { ttlMs: 300_000, select: 'random', policy: 'preferIPv4' },
      tls: {
        insecureSkipVerify: false,
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.3',
        cipherSuites: null,
        clientCertificates: [],
      },
      limits: { connectMs: 30_000, handshakeMs: 60_000, closeMs: 5_000, maxMessageBytes: 268_435_456 },
      warnings: [],
    }
    assert.deepEqual(parseNetworkOptions({}), expected)
    const nothing = {
      hosts: null,
      blockHostnames: null,
      blacklistIPs: null,
      dns: null,
      tlsVersion: null,
      tlsAuth: null,
    }
    assert.deepEqual(parseNetworkOptions(nothing), expected)
  })

  it('can be sent to a worker thread', () => {
    const options = parseNetworkOptions({
      hosts: { '*.a.test:80': '[::1]:8080' },
      blockHostnames: 'A.test,*.b.test',
      blacklistIPs: ['10.1.2.3/8', 'FD00::1/8'],
      dns: 'ttl=inf,select=first',
      tlsVersion: { max: 'tls1.1' },
      tlsCipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA'],
      tlsAuth: [{ ...client, domains: ['x.test'] }, client],
    })
    assert.deepEqual(structuredClone(options), options)
    assert.deepEqual(options.hosts, [{ pattern: '*.a.test', port: 80, targets: [{ address: '::1', port: 8080 }] }])
    assert.deepEqual(options.blockHostnames, ['a.test', '*.b.test'])
    assert.deepEqual(options.blacklistIPs, ['10.0.0.0/8', 'fd00::/8'])
    assert.equal(options.dns.ttlMs, Number.POSITIVE_INFINITY)
    assert.equal(options.tls.minVersion, 'TLSv1.1')
    assert.equal(options.tls.clientCertificates.length, 1)
    assert.equal(options.warnings.length, 2)
  })

  it('take every form of ttl', () => {
    const forms: [unknown, number][] = [
      ['0', 0],
      [0, 0],
      ['1500', 1500],
      [250, 250],
      ['1m30s', 90_000],
      ['1d12h', 129_600_000],
      ['1.5s', 1500],
      ['inf', Number.POSITIVE_INFINITY],
    ]
    for (const [ttl, ms] of forms) assert.equal(parseNetworkOptions({ dns: { ttl } }).dns.ttlMs, ms, String(ttl))
  })

  it('leave out cipher suites that OpenSSL no longer has, and say so', () => {
    const { tls, warnings } = parseNetworkOptions({
      tlsCipherSuites: ['TLS_RSA_WITH_RC4_128_SHA', 'TLS_RSA_WITH_AES_128_GCM_SHA256'],
    })
    assert.deepEqual(tls.cipherSuites, ['TLS_RSA_WITH_AES_128_GCM_SHA256'])
    assert.deepEqual(warnings, [
      'tlsCipherSuites: OpenSSL no longer has TLS_RSA_WITH_RC4_128_SHA; the others are offered',
    ])
  })

  it('end in a result or in one of our errors, whatever goes in', () => {
    const keys = ['hosts', 'blockHostnames', 'blacklistIPs', 'dns', 'tlsVersion', 'tlsCipherSuites', 'tlsAuth']
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        try {
          parseNetworkOptions({ [key]: value })
        } catch (error) {
          assert.ok(error instanceof NetworkOptionError, String((error as Error).stack))
        }
      }),
    )
  })
})

describe('cipher suites', () => {
  it('all have a name that this OpenSSL knows', () => {
    const known = getCiphers()
    for (const name of cipherSuiteNames()) {
      const openssl = opensslCipherList([name]).split(':').slice(3)[0]
      if (openssl !== undefined) assert.ok(known.includes(openssl.toLowerCase()), openssl)
      createSecureContext({ ciphers: opensslCipherList([name]) })
    }
  })
})
