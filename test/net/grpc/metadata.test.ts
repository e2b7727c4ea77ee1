import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CallHead, fieldsOf, receivedMetadata, statusOf } from '../../../src/net/grpc/metadata.js'

const HEAD: CallHead = { path: '/p.S/M', authority: 'h:1', isTls: false, userAgent: '', timeoutMs: null, metadata: [] }

describe('metadata of gRPC', () => {
  it('becomes header fields; those of the protocol itself stay as they are', () => {
    const fields = fieldsOf({
      ...HEAD,
      userAgent: 'tool/1',
      metadata: [
        ['X-Key', 'ü'],
        ['data-bin', new Uint8Array([0, 255])],
        ['TE', 'x'],
        ['content-type', 'x'],
        [':path', '/x'],
        ['grpc-timeout', '1S'],
      ],
    })
    assert.deepEqual(fields, {
      ':method': 'POST',
      ':scheme': 'http',
      ':path': '/p.S/M',
      ':authority': 'h:1',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'tool/1',
      'x-key': '\u00c3\u00bc',
      'data-bin': 'AP8=',
    })
  })

  it('tells the server of the deadline in at most eight digits', () => {
    const rows: [number, string][] = [
      [0, '1m'],
      [0.2, '1m'],
      [60_000, '60000m'],
      [99_999_999, '99999999m'],
      [100_000_000, '100000S'],
      [1e15, '99999999S'],
    ]
    for (const [timeoutMs, text] of rows) assert.equal(fieldsOf({ ...HEAD, timeoutMs })['grpc-timeout'], text)
  })

  it('comes back as lists of texts, without what belongs to the protocol', () => {
    const raw = [':status', '200', 'x', 'a', 'x', 'b', 'd-bin', 'AQ==,/w', 'grpc-status', '0', '__proto__', 'p']
    const metadata = receivedMetadata(raw)
    assert.deepEqual(Object.entries(metadata), [
      ['x', ['a', 'b']],
      ['d-bin', ['\u0001', '\u00ff']],
      ['__proto__', ['p']],
    ])
  })

  it('has the status, its message decoded, what is no escape left alone', () => {
    assert.equal(statusOf(['x', 'y']), null)
    assert.deepEqual(statusOf(['grpc-status', '5', 'grpc-message', 'n%C3%B6 100% %zz %']), {
      code: 5,
      message: 'nö 100% %zz %',
      details: null,
    })
    assert.equal(statusOf(['grpc-status', '-1'])?.code, 2)
    assert.deepEqual(statusOf(['grpc-status', '3', 'grpc-status-details-bin', 'CAM'])?.details, Buffer.from([8, 3]))
  })
})
