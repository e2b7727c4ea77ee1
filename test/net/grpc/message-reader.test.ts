import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { framed, MessageError, MessageReader } from '../../../src/net/grpc/message-reader.js'

const MOST = 1000

interface Read {
  readonly messages: string[]
  readonly isComplete: boolean
  readonly problem: string | null
}

function read(chunks: readonly Buffer[]): Read {
  const messages: string[] = []
  const reader = new MessageReader(MOST, (message) => messages.push(message.toString('hex')))
  try {
    // A chunk is the reader's own.
    for (const chunk of chunks) reader.push(Buffer.from(chunk))
  } catch (error) {
    assert.ok(error instanceof MessageError, String(error))
    return { messages, isComplete: false, problem: `${error.status.code} ${error.status.message}` }
  }
  return { messages, isComplete: reader.isComplete, problem: null }
}

/** Whole, byte by byte, and cut at each point: always the same. */
function readEveryWay(bytes: Buffer): Read {
  const whole = read([bytes])
  assert.deepEqual(read([...bytes].map((byte) => Buffer.from([byte]))), whole)
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`)
  }
  return whole
}

describe('the messages of a call', () => {
  it('come one by one, however their bytes arrive, empty ones too', () => {
    const sent = ['', 'a', '', 'hello', 'x'.repeat(300)].map((text) => Buffer.from(text))
    const { messages, isComplete } = readEveryWay(Buffer.concat(sent.map(framed)))
    assert.deepEqual(
      messages,
      sent.map((message) => message.toString('hex')),
    )
    assert.equal(isComplete, true)
  })

  it('are not complete while a byte is missing', () => {
    const bytes = framed(Buffer.from('hello'))
    for (let length = 1; length < bytes.length; length++) {
      assert.deepEqual(readEveryWay(bytes.subarray(0, length)), { messages: [], isComplete: false, problem: null })
    }
  })

  it('are refused when they are too long, compressed or nothing of the kind, before their bytes come', () => {
    const rows: [number[], string][] = [
      [[0, 0, 0, 3, 0xe9], '8 grpc: received message larger than max (1001 vs. 1000)'],
      [[0, 0xff, 0xff, 0xff, 0xff], '8 grpc: received message larger than max (4294967295 vs. 1000)'],
      [[1, 0, 0, 0, 1], '13 grpc: compressed flag set with identity or empty encoding'],
      [[7, 0, 0, 0, 1], '13 grpc: received unexpected payload format 7'],
    ]
    for (const [head, problem] of rows) assert.equal(readEveryWay(Buffer.from(head)).problem, problem)
    assert.equal(read([framed(Buffer.alloc(MOST))]).problem, null)
  })

  it('whatever comes in, what comes out are messages or an error of ours', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array()), (chunks) => void read(chunks.map((chunk) => Buffer.from(chunk)))))
  })
})
