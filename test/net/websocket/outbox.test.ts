import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FrameReader } from '../../../src/net/websocket/frame-reader.js'
import { allocateMaskable, maskInPlace } from '../../../src/net/websocket/mask.js'
import { type FrameSender, Outbox } from '../../../src/net/websocket/outbox.js'
import { parseFrames } from './support.js'

const TEXT = 1
const BINARY = 2

/** Copies what it is given, as the kernel does, or keeps the very memory, as a connection with pending writes does. */
class Sender implements FrameSender {
  writes: Uint8Array[] = []
  accepts = true

  writeFrames(frames: Uint8Array): boolean {
    this.writes.push(this.accepts ? Buffer.from(frames) : frames)
    return this.accepts
  }

  get payloads(): string[] {
    return parseFrames(Buffer.concat(this.writes)).frames.map((frame) => frame.payload.toString())
  }
}

const nextTick = () => new Promise((resolve) => setImmediate(resolve))

describe('outbox', () => {
  it('masks every frame, each with its own key', () => {
    const outbox = new Outbox()
    const sender = new Sender()
    for (let i = 0; i < 3; i++) outbox.appendText(sender, TEXT, 'Hello')
    outbox.flush()
    const bytes = sender.writes[0]!
    assert.equal(bytes.length, 33)
    const keys = [0, 1, 2].map((i) => Buffer.from(bytes.subarray(i * 11 + 2, i * 11 + 6)).toString('hex'))
    assert.equal(new Set(keys).size, 3)
    const { frames } = parseFrames(Buffer.from(bytes))
    assert.deepEqual(
      frames.map(({ bits, opcode, masked, payload }) => [bits, opcode, masked, payload.toString()]),
      Array.from({ length: 3 }, () => [0x80, TEXT, true, 'Hello']),
    )
  })

  it('writes what is sent in one turn in one piece, after the turn', async () => {
    const outbox = new Outbox()
    const sender = new Sender()
    outbox.appendText(sender, TEXT, 'a')
    outbox.appendBytes(sender, BINARY, Buffer.from('b'))
    await Promise.resolve()
    outbox.appendText(sender, TEXT, 'c')
    assert.equal(sender.writes.length, 0)
    await nextTick()
    assert.equal(sender.writes.length, 1)
    assert.deepEqual(sender.payloads, ['a', 'b', 'c'])
  })

  it('writes on release what was sent while held', () => {
    const outbox = new Outbox()
    const sender = new Sender()
    outbox.hold()
    outbox.hold()
    outbox.appendText(sender, TEXT, 'a')
    outbox.release()
    assert.equal(sender.writes.length, 0)
    outbox.release()
    assert.deepEqual(sender.payloads, ['a'])
  })

  it('writes the batch of one sender before it builds that of another', () => {
    const outbox = new Outbox()
    const [a, b] = [new Sender(), new Sender()]
    outbox.appendText(a, TEXT, 'a1')
    outbox.appendText(b, TEXT, 'b1')
    assert.deepEqual(a.payloads, ['a1'])
    outbox.appendText(a, TEXT, 'a2')
    outbox.flush()
    assert.deepEqual([a.payloads, b.payloads], [['a1', 'a2'], ['b1']])
  })

  it('does not touch memory that the kernel has not taken', () => {
    const outbox = new Outbox()
    const sender = new Sender()
    sender.accepts = false
    const texts = Array.from({ length: 3000 }, (_, i) => `${i} `.repeat(20))
    for (const text of texts) {
      outbox.appendText(sender, TEXT, text)
      outbox.flush()
    }
    assert.deepEqual(sender.payloads, texts)
  })

  it('writes a large message on its own, behind what was sent before it', () => {
    const outbox = new Outbox()
    const sender = new Sender()
    const large = Buffer.alloc(1024 * 1024, 'large')
    outbox.appendText(sender, TEXT, 'before')
    outbox.appendBytes(sender, BINARY, large)
    outbox.appendText(sender, TEXT, 'é'.repeat(40_000))
    outbox.appendText(sender, TEXT, 'after')
    outbox.flush()
    assert.deepEqual(sender.payloads, ['before', large.toString(), 'é'.repeat(40_000), 'after'])
    assert.equal(large.toString('latin1', 0, 5), 'large')
  })

  it('forgets what a sender takes back', () => {
    const outbox = new Outbox()
    const sender = new Sender()
    outbox.appendText(sender, TEXT, 'a')
    assert.equal(outbox.unwritten(sender), 7)
    outbox.discard(sender)
    outbox.appendText(sender, TEXT, 'b')
    outbox.flush()
    assert.deepEqual(sender.payloads, ['b'])
  })

  it('sends lone surrogates as replacement characters', () => {
    const outbox = new Outbox()
    const sender = new Sender()
    outbox.appendText(sender, TEXT, 'a\ud800b')
    outbox.flush()
    assert.deepEqual(sender.payloads, ['a\ufffdb'])
  })

  it('masks any range as the definition says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(9), fc.integer(), (payload, start, mask) => {
        const memory = allocateMaskable(start + payload.length + 3)
        memory.bytes.fill(0x55)
        memory.bytes.set(payload, start)
        maskInPlace(memory, start, start + payload.length, mask)
        const key = [mask & 255, (mask >>> 8) & 255, (mask >>> 16) & 255, mask >>> 24]
        payload.forEach((byte, i) => {
          assert.equal(memory.bytes[start + i], byte ^ key[i & 3]!)
        })
        assert.ok(memory.bytes.subarray(0, start).every((byte) => byte === 0x55))
        assert.ok(memory.bytes.subarray(start + payload.length).every((byte) => byte === 0x55))
      }),
    )
  })

  it('round-trips any messages through any cuts', () => {
    const length = fc.oneof(
      fc.nat(40),
      fc.integer({ min: 110, max: 140 }),
      fc.constantFrom(4000, 40_000, 65_535, 65_536),
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.tuple(fc.constantFrom('x', 'é', '€', '😀'), length).map(([unit, count]) => unit.repeat(count)),
    )
    const message = fc.oneof(
      text,
      length.map((size) => new Uint8Array(size).fill(size & 255)),
    )
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.integer({ min: 1, max: 70_000 }), (messages, size) => {
        const outbox = new Outbox()
        const sender = new Sender()
        for (const message of messages) {
          if (typeof message === 'string') outbox.appendText(sender, TEXT, message)
          else outbox.appendBytes(sender, BINARY, message)
        }
        outbox.flush()
        const bytes = Buffer.concat(sender.writes)
        const { frames, used } = parseFrames(bytes)
        assert.equal(used, bytes.length)
        assert.deepEqual(readAll(frames.map(unmasked), size), messages)
      }),
      { numRuns: 60 },
    )
  })
})

/** The same frame as a server would send it. */
function unmasked({ bits, opcode, payload }: { bits: number; opcode: number; payload: Buffer }): Buffer {
  const size = payload.length
  const length = size < 126 ? [size] : [127, 0, 0, 0, 0, size >>> 24, size >>> 16, size >>> 8, size]
  return Buffer.concat([Buffer.from([bits | opcode, ...length]), payload])
}

function readAll(frames: Buffer[], pieceSize: number): (string | Uint8Array)[] {
  const messages: (string | Uint8Array)[] = []
  const fail = (code: number, reason: string) => assert.fail(`${code} ${reason}`)
  const reader = new FrameReader(
    {
      onText: (text) => messages.push(text),
      onBinary: (data) => messages.push(new Uint8Array(data)),
      onControl: fail as never,
      onViolation: fail,
    },
    { maxMessageBytes: 1 << 24, strictUtf8: true, compression: null },
  )
  const bytes = Buffer.concat(frames)
  for (let at = 0; at < bytes.length; at += pieceSize) {
    reader.read(bytes.subarray(at, at + pieceSize), 0, Number.POSITIVE_INFINITY)
  }
  return messages
}
