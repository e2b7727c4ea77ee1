import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Hashes } from '../../src/modules/k6-crypto/hashes.js'
import { runScript } from '../helpers/run-script.js'

const hashes = new Hashes(crypto)

describe('k6/crypto', () => {
  it('hashes text and bytes, in every output encoding', async () => {
    const { console, errors } = await runScript(
      `
      import crypto, { sha256, md5 } from 'k6/crypto'
      export default function () {
        for (const name of ['md4', 'md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha512_224', 'sha512_256', 'ripemd160']) {
          const hash = crypto.createHash(name)
          hash.update('ab')
          hash.update(new Uint8Array([99]).buffer)
          console.log(name, crypto[name]('abc', 'hex'), hash.digest('hex') === crypto[name]('abc', 'hex'))
        }
        for (const encoding of ['hex', 'base64', 'base64url', 'base64rawurl']) console.log(md5('hello world!', encoding))
        const binary = sha256('', 'binary')
        console.log(binary instanceof ArrayBuffer, crypto.hexEncode(binary) === sha256('', 'hex'))
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(errors, [])
    // RFC 1320, RFC 1321, FIPS 180-4, and the page of RIPEMD-160.
    assert.deepEqual(console.slice(0, 9), [
      'md4 a448017aaf21d8525fc10ae87aa6729d true',
      'md5 900150983cd24fb0d6963f7d28e17f72 true',
      'sha1 a9993e364706816aba3e25717850c26c9cd0d89d true',
      'sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad true',
      'sha384 cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7 true',
      'sha512 ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f true',
      'sha512_224 4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa true',
      'sha512_256 53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23 true',
      'ripemd160 8eb208f7e05d987a9b044a8e98c6b087f15a0bfc true',
    ])
    assert.deepEqual(console.slice(9), [
      'fc3ff98e8c6a0d3087d515c0473f8677',
      '/D/5joxqDTCH1RXARz+Gdw==',
      '_D_5joxqDTCH1RXARz-Gdw==',
      '_D_5joxqDTCH1RXARz-Gdw',
      'true true',
    ])
  })

  it('makes keyed hashes, at once and bit by bit; a digest does not end them', async () => {
    const { console, errors } = await runScript(
      `
      import { hmac, createHMAC, createHash } from 'k6/crypto'
      export default function () {
        console.log(hmac('sha256', 'key', 'The quick brown fox jumps over the lazy dog', 'hex'))
        const hasher = createHMAC('sha256', new Uint8Array([107, 101, 121]).buffer)
        hasher.update('The quick brown fox ')
        hasher.digest('hex')
        hasher.update('jumps over the lazy dog')
        console.log(hasher.digest('hex'), hasher.digest('hex') === hasher.digest('hex'))
        const hash = createHash('sha1')
        console.log(hash.digest('hex'))
        hash.update('abc')
        console.log(hash.digest('hex'))
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(errors, [])
    const expected = 'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8'
    assert.deepEqual(console, [
      expected,
      `${expected} true`,
      'da39a3ee5e6b4b0d3255bfef95601890afd80709',
      'a9993e364706816aba3e25717850c26c9cd0d89d',
    ])
  })

  it('gives random bytes', async () => {
    const { console } = await runScript(
      `
      import { randomBytes, hexEncode } from 'k6/crypto'
      export default function () {
        const bytes = randomBytes(16)
        console.log(bytes instanceof ArrayBuffer, bytes.byteLength, hexEncode(bytes) !== hexEncode(randomBytes(16)))
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(console, ['true 16 true'])
  })

  it('says in k6’s words what is wrong', async () => {
    const { console } = await runScript(
      `
      import crypto from 'k6/crypto'
      const tries = [
        () => crypto.md5('a', 'hexx'), () => crypto.md5('a'), () => crypto.createHash('md5').digest('utf8'), () => crypto.createHash('md6'),
        () => crypto.hmac('constructor', 'k', 'd', 'hex'), () => crypto.sha1({}, 'hex'), () => crypto.createHMAC('sha1', 7),
        () => crypto.hexEncode(null), () => crypto.randomBytes(0), () => crypto.randomBytes(-1), () => crypto.randomBytes(),
      ]
      export default function () {
        for (const attempt of tries) try { console.log(attempt()) } catch (e) { console.log(e.name + '|' + e.message) }
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(console, [
      'GoError|invalid output encoding: hexx',
      'GoError|invalid output encoding: ',
      'GoError|invalid output encoding: utf8',
      'GoError|invalid algorithm: md6',
      'GoError|invalid algorithm: constructor',
      'GoError|invalid type map[string]interface {}, expected string, []byte or ArrayBuffer',
      'GoError|invalid type int64, expected string, []byte or ArrayBuffer',
      'GoError|invalid type <nil>, expected string, []byte or ArrayBuffer',
      'GoError|invalid size',
      'GoError|invalid size',
      'GoError|invalid size',
    ])
  })
})

describe('hashes', () => {
  /** RFC 1320, A.5. */
  const MD4: [text: string, digest: string][] = [
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
    ['1234567890'.repeat(8), 'e33b4ddc9c38f2199c3e7b164fcc0536'],
  ]
  for (const [text, digest] of MD4) {
    it(`MD4 of "${text}" is that of RFC 1320`, () => {
      const hash = hashes.plain('md4')
      for (const byte of Buffer.from(text)) hash.update(Uint8Array.of(byte))
      assert.equal(hash.digest().toString('hex'), digest)
    })
  }

  it('are keyed as those of Node, with keys shorter and longer than a block, and do not depend on how data arrives', () => {
    const names = fc.constantFrom('md5', 'ripemd160', 'sha1', 'sha256', 'sha384', 'sha512', 'sha512_224', 'sha512_256')
    const parts = fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 5 })
    fc.assert(
      fc.property(names, fc.uint8Array({ maxLength: 300 }), parts, (name, key, data) => {
        const hash = hashes.keyed(name, key)
        const expected = crypto.createHmac(name.replace('_', '-'), key)
        for (const part of data) {
          hash.update(part)
          expected.update(part)
        }
        assert.deepEqual(hash.digest(), expected.digest())
      }),
    )
  })
})
