import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeBase64, encodeBase64, formOf } from '../../src/modules/k6-encoding/base64.js'
import { runScript } from '../helpers/run-script.js'

describe('k6/encoding', () => {
  it('encodes text and bytes in four forms, and decodes to bytes or text', async () => {
    const { console, errors } = await runScript(
      `
      import encoding, { b64encode, b64decode } from 'k6/encoding'
      const log = (...values) => console.log(values.join(' '))
      export default function () {
        log(b64encode('héllo'), b64encode(new Uint8Array([251, 255]).buffer), b64encode(new Uint8Array([0, 251, 255]).subarray(1)))
        for (const form of [undefined, 'std', 'rawstd', 'url', 'rawurl', 'no such form']) log(b64encode(new Uint8Array([251, 255]), form))
        log(b64decode('aMOpbGxv', 'std', 's'), b64decode('-_8', 'rawurl').byteLength, new Uint8Array(b64decode('+/8=')).join())
        log(b64decode('+/8=', 'std', 's'), encoding.b64decode('') instanceof ArrayBuffer)
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, [
      'aMOpbGxv +/8= +/8=',
      '+/8=',
      '+/8=',
      '+/8',
      '-_8=',
      '-_8',
      '+/8=',
      'héllo 2 251,255',
      '\ufffd\ufffd true',
    ])
  })

  it('refuses data of other types', async () => {
    const { console } = await runScript(
      `
      import { b64encode } from 'k6/encoding'
      export default function () {
        for (const value of [1, 1.5, true, null, undefined, {}, [1], new Date()]) {
          try { b64encode(value) } catch (e) { console.log(e.name + '|' + e.message) }
        }
      }`,
      { name: 'script.js' },
    )
    const types = ['int64', 'float64', 'bool', '<nil>', '<nil>', 'map[string]interface {}', '[]interface {}']
    assert.deepEqual(
      console.slice(0, types.length),
      types.map((type) => `GoError|invalid type ${type}, expected string, []byte or ArrayBuffer`),
    )
    assert.equal(console.length, 8)
  })
})

describe('Base64', () => {
  const FORMS = ['std', 'rawstd', 'url', 'rawurl']

  it('decodes what it has encoded, also with line ends in it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...FORMS), (bytes, name) => {
        const form = formOf(name)
        const text = encodeBase64(bytes, form)
        assert.deepEqual(new Uint8Array(decodeBase64(text, form)), bytes)
        const lines = text.replace(/.{7}/g, '$&\r\n')
        assert.deepEqual(new Uint8Array(decodeBase64(lines, form)), bytes)
      }),
    )
  })

  const WRONG: [form: string, text: string, at: number][] = [
    ['std', 'a', 0],
    ['std', 'ab', 0],
    ['std', 'abc', 0],
    ['std', 'abcdab', 4],
    ['std', 'ab=', 3],
    ['std', 'ab=c', 3],
    ['std', 'ab==x', 4],
    ['std', 'abc=x', 4],
    ['std', '=abc', 0],
    ['std', 'a===', 1],
    ['std', 'ab c', 2],
    ['std', 'ab-_', 2],
    ['std', 'abä=', 2],
    ['url', 'ab+/', 2],
    ['rawstd', 'ab==', 2],
    ['rawstd', 'a', 0],
    ['rawurl', 'abcda', 4],
  ]
  for (const [form, text, at] of WRONG) {
    it(`says that byte ${at} of "${text}" is wrong as ${form}`, () => {
      const message = `illegal base64 data at input byte ${at}`
      assert.throws(() => decodeBase64(text, formOf(form)), { name: 'GoError', message })
    })
  }
})
