import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { closeText, decodeClose, encodeClose, isReceivableCloseCode } from '../../../src/net/websocket/close-code.js'

describe('close codes', () => {
  it('accepts exactly what a server may send', () => {
    const accepted: [first: number, last: number][] = []
    for (let code = 0; code <= 65_535; code++) {
      if (!isReceivableCloseCode(code)) continue
      const range = accepted.at(-1)
      if (range !== undefined && range[1] === code - 1) range[1] = code
      else accepted.push([code, code])
    }
    assert.deepEqual(accepted, [
      [1000, 1003],
      [1007, 1013],
      [3000, 4999],
    ])
  })

  it('have the texts that scripts see', () => {
    assert.equal(closeText(1011, 'oops'), 'websocket: close 1011 (internal server error): oops')
    assert.equal(closeText(4000, 'custom'), 'websocket: close 4000: custom')
    assert.equal(closeText(1005, ''), 'websocket: close 1005 (no status)')
    assert.equal(closeText(1006, 'unexpected EOF'), 'websocket: close 1006 (abnormal closure): unexpected EOF')
  })

  it('are sent in two bytes, 1005 as nothing', () => {
    assert.equal(encodeClose(1000, 'é').toString('hex'), '03e8c3a9')
    assert.equal(encodeClose(1005, 'ignored').length, 0)
    assert.equal(encodeClose(99_999, '').toString('hex'), '869f')
    assert.equal(encodeClose(0, '').toString('hex'), '0000')
    assert.equal(encodeClose(1000, 'x'.repeat(123)).length, 125)
    assert.throws(() => encodeClose(1000, 'é'.repeat(62)), RangeError)
  })

  it('are read with their reason, or refused', () => {
    const cases: [hex: string, expected: unknown][] = [
      ['', { code: 1005, reason: '' }],
      ['03e8', { code: 1000, reason: '' }],
      ['0fa0c3a9', { code: 4000, reason: 'é' }],
      ['03', 'close payload of 1 byte'],
      ['03ed', 'bad close code 1005'],
      ['0000', 'bad close code 0'],
      ['03e8ff', 'invalid utf8 payload in close frame'],
    ]
    for (const [hex, expected] of cases) assert.deepEqual(decodeClose(Buffer.from(hex, 'hex')), expected)
  })
})
