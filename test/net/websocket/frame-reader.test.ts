import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib'
import { FrameReader, type FrameSink, type ReaderOptions } from '../../../src/net/websocket/frame-reader.js'
import { closeFrame, frame } from './support.js'

const hex = (text: string): Buffer => Buffer.from(text.replace(/ /g, ''), 'hex')
const NO_FIN = 0x00

class Sink implements FrameSink {
  readonly events: string[] = []
  /** Called with every event's text. */
  react: (event: string) => void = () => {}

  onText(text: string): void {
    this.#add(`text ${text}`)
  }

  onBinary(data: ArrayBuffer): void {
    this.#add(`binary ${Buffer.from(data).toString('hex')}`)
  }

  onControl(opcode: number, payload: Buffer): void {
    this.#add(`control ${opcode} ${payload.toString('latin1')}`)
  }

  onViolation(code: number, reason: string): void {
    this.#add(`violation ${code} ${reason}`)
  }

  #add(event: string): void {
    this.events.push(event)
    this.react(event)
  }
}

function setUp(options: Partial<ReaderOptions> = {}): { sink: Sink; reader: FrameReader } {
  const sink = new Sink()
  const reader = new FrameReader(sink, { maxMessageBytes: 1 << 20, strictUtf8: false, compression: null, ...options })
  return { sink, reader }
}

/** Feeds pieces as the connection does: each in memory that is overwritten afterwards. */
function feed(pieces: Buffer[], options: Partial<ReaderOptions> = {}): string[] {
  const { sink, reader } = setUp(options)
  const shared = Buffer.alloc(70_000)
  for (const piece of pieces) {
    piece.copy(shared)
    reader.read(shared.subarray(0, piece.length), 0, Number.POSITIVE_INFINITY)
    shared.fill(0xee)
  }
  return sink.events
}

/** Whole, byte by byte, and cut at each point: the same events. */
function reads(bytes: Buffer, expected: string[], options: Partial<ReaderOptions> = {}): void {
  assert.deepEqual(feed([bytes], options), expected, 'whole')
  const single = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))
  assert.deepEqual(feed(single, options), expected, 'byte by byte')
  for (let cut = 0; cut <= bytes.length; cut += bytes.length > 1000 ? 997 : 1) {
    assert.deepEqual(feed([bytes.subarray(0, cut), bytes.subarray(cut)], options), expected, `cut at ${cut}`)
  }
}

function deflated(payload: string | Buffer): Buffer {
  const bytes = deflateRawSync(payload, { finishFlush: 2 })
  return bytes.subarray(0, bytes.length - 4)
}

describe('frame reader', () => {
  const long = 'y'.repeat(300)
  const cases: [phrase: string, bytes: Buffer, events: string[]][] = [
    // RFC 6455 §5.7
    ['an unmasked text of one frame', hex('81 05 48 65 6c 6c 6f'), ['text Hello']],
    ['a fragmented text', hex('01 03 48 65 6c 80 02 6c 6f'), ['text Hello']],
    ['an unmasked ping', hex('89 05 48 65 6c 6c 6f'), ['control 9 Hello']],
    ['an empty text', frame(1), ['text ']],
    ['an empty binary message', frame(2), ['binary ']],
    ['an empty ping and an empty pong', Buffer.concat([frame(9), frame(10)]), ['control 9 ', 'control 10 ']],
    ['a text of 125 bytes', frame(1, 'x'.repeat(125)), [`text ${'x'.repeat(125)}`]],
    ['a text of 126 bytes', frame(1, 'x'.repeat(126)), [`text ${'x'.repeat(126)}`]],
    ['a length in 8 bytes that needs fewer', hex('82 7f 00 00 00 00 00 00 00 02 01 02'), ['binary 0102']],
    ['a binary message', frame(2, hex('00ff80')), ['binary 00ff80']],
    [
      'several messages in a row',
      Buffer.concat([frame(1, 'a'), frame(2, 'b'), frame(1, 'c')]),
      ['text a', 'binary 62', 'text c'],
    ],
    ['text beyond ASCII', frame(1, 'κόσμε €😀'), ['text κόσμε €😀']],
    [
      'a character split between fragments',
      Buffer.concat([frame(1, hex('e2 82'), NO_FIN), frame(0, hex('ac'))]),
      ['text €'],
    ],
    [
      'a ping between fragments',
      Buffer.concat([frame(1, 'ab', NO_FIN), frame(9, 'p'), frame(0, 'cd')]),
      ['control 9 p', 'text abcd'],
    ],
    [
      'control frames between many fragments, some of them empty',
      Buffer.concat([
        frame(2, '', NO_FIN),
        frame(10),
        frame(0, 'ab', NO_FIN),
        frame(9, '1'),
        frame(0, '', NO_FIN),
        frame(9, '2'),
        frame(0, long, NO_FIN),
        frame(0),
      ]),
      ['control 10 ', 'control 9 1', 'control 9 2', `binary ${Buffer.from(`ab${long}`).toString('hex')}`],
    ],
    ['a close frame', closeFrame(1000, 'bye'), ['control 8 \x03\xe8bye']],
    ['invalid UTF-8 as replacement characters', frame(1, hex('61 ff 62 c0')), ['text a\ufffdb\ufffd']],
  ]
  for (const [phrase, bytes, events] of cases) it(`reads ${phrase}`, () => reads(bytes, events))

  it('reads a message of 64 KiB and one more byte', () => {
    const payload = 'z'.repeat(65_537)
    const events = feed(pieces(frame(1, payload), 1448))
    assert.deepEqual(events, [`text ${payload}`])
  })

  const violations: [phrase: string, bytes: Buffer, event: string][] = [
    ['reserved bit 1 without an extension', frame(1, 'a', 0xc0), 'violation 1002 RSV1 set'],
    ['reserved bit 2', frame(1, 'a', 0xa0), 'violation 1002 RSV2 set'],
    ['reserved bit 3', frame(1, 'a', 0x90), 'violation 1002 RSV3 set'],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer, string] => [
      `opcode ${opcode}`,
      frame(opcode, 'a'),
      `violation 1002 bad opcode ${opcode}`,
    ]),
    ['a masked frame', hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'), 'violation 1002 bad MASK'],
    ['a fragmented ping', frame(9, 'a', NO_FIN), 'violation 1002 FIN not set on control'],
    ['a ping of 126 bytes', frame(9, 'a'.repeat(126)), 'violation 1002 len > 125 for control'],
    ['a compressed pong', frame(10, 'a', 0xc0), 'violation 1002 RSV1 set on control'],
    ['a continuation of nothing', frame(0, 'a'), 'violation 1002 continuation after FIN'],
    [
      'a message inside a message',
      Buffer.concat([frame(1, 'a', NO_FIN), frame(1, 'b')]),
      'violation 1002 data before FIN',
    ],
    [
      'a continuation after the last fragment',
      Buffer.concat([frame(1, '', NO_FIN), frame(0, 'x'.repeat(2)), frame(0, 'b')]).subarray(2),
      'violation 1002 continuation after FIN',
    ],
  ]
  for (const [phrase, bytes, event] of violations) {
    it(`refuses ${phrase}, and reads nothing after it`, () => {
      reads(Buffer.concat([frame(1, 'before'), bytes, frame(1, 'after')]), ['text before', event])
    })
  }

  it('refuses invalid UTF-8 when told to be strict, also when a character is split by the end of the message', () => {
    const strict = { strictUtf8: true }
    const refused = 'violation 1007 invalid UTF-8 in text message'
    reads(frame(1, hex('61 ff')), [refused], strict)
    reads(frame(1, hex('e2 82')), [refused], strict)
    reads(frame(1, hex('ed a0 80')), [refused], strict)
    reads(Buffer.concat([frame(1, hex('e2 82'), NO_FIN), frame(0, hex('ac'))]), ['text €'], strict)
    reads(frame(2, hex('ff')), ['binary ff'], strict)
  })

  it('refuses a message over the limit from its header alone, also as the sum of fragments', () => {
    const limit = { maxMessageBytes: 10 }
    const refused = 'violation 1009 message of at least 11 bytes, the limit is 10'
    reads(frame(1, 'x'.repeat(10)), [`text ${'x'.repeat(10)}`], limit)
    reads(frame(1, 'x'.repeat(11)), [refused], limit)
    reads(Buffer.concat([frame(1, 'x'.repeat(6), NO_FIN), frame(0, 'x'.repeat(5))]), [refused], limit)
    assert.match(feed([hex('82 7f ff ff ff ff ff ff ff ff')])[0]!, /^violation 1009 /)
  })

  it('inflates compressed messages, whole and fragmented, with control frames between', () => {
    const deflate = { compression: { serverKeepsContext: false } }
    const text = 'Hello, hello, hello'
    const bytes = deflated(text)
    // RFC 7692 §7.2.3.1, .3 (no compression), .4 (BFINAL set), .5 (two blocks)
    reads(hex('c1 07 f2 48 cd c9 c9 07 00'), ['text Hello'], deflate)
    reads(hex('41 03 f2 48 cd 80 04 c9 c9 07 00'), ['text Hello'], deflate)
    reads(hex('c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00'), ['text Hello'], deflate)
    reads(hex('c1 08 f3 48 cd c9 c9 07 00 00'), ['text Hello'], deflate)
    reads(hex('c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00'), ['text Hello'], deflate)
    reads(frame(1, '\0', 0xc0), ['text '], deflate)
    reads(frame(1, 'plain'), ['text plain'], deflate)
    reads(
      Buffer.concat([
        frame(1, bytes.subarray(0, 5), 0x40),
        frame(9, 'p'),
        frame(0, bytes.subarray(5)),
        frame(1, 'plain'),
      ]),
      ['control 9 p', `text ${text}`, 'text plain'],
      deflate,
    )
  })

  it('inflates what refers to earlier messages of a server that keeps its context', async () => {
    const context = { compression: { serverKeepsContext: true } }
    // RFC 7692 §7.2.3.2: the second "Hello" is a reference to the first.
    reads(hex('c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00'), ['text Hello', 'text Hello'], context)
    const messages = Array.from({ length: 60 }, (_, i) => `${i} ${'lorem ipsum '.repeat(i * i)}${Math.sin(i)}`)
    const frames: Buffer[] = []
    const compressor = createDeflateRaw()
    for (const message of messages) {
      const chunks: Buffer[] = []
      compressor.on('data', (chunk) => chunks.push(chunk))
      compressor.write(message)
      await new Promise<void>((resolve) => compressor.flush(constants.Z_SYNC_FLUSH, resolve))
      compressor.removeAllListeners('data')
      frames.push(frame(1, Buffer.concat(chunks).subarray(0, -4), 0xc0))
    }
    assert.deepEqual(
      feed([Buffer.concat(frames)], context),
      messages.map((message) => `text ${message}`),
    )
  })

  it('refuses what cannot be inflated, and what would be too large', () => {
    const deflate = { compression: { serverKeepsContext: false }, maxMessageBytes: 1000 }
    reads(frame(1, hex('ff ff ff'), 0xc0), ['violation 1007 invalid compressed data'], deflate)
    reads(
      frame(1, deflated(Buffer.alloc(1001)), 0xc0),
      ['violation 1009 decompressed message exceeds the limit of 1000 bytes'],
      deflate,
    )
    reads(Buffer.concat([frame(1, 'a', NO_FIN), frame(0, 'a', 0xc0)]), ['violation 1002 RSV1 set'], deflate)
  })

  it('stops after the given number of frames and says where', () => {
    const { sink, reader } = setUp()
    const bytes = Buffer.concat([frame(1, 'a'), frame(9), frame(1, '', NO_FIN), frame(0, 'b'), frame(2)])
    assert.equal(reader.read(bytes, 0, 2), 5)
    assert.deepEqual(sink.events, ['text a', 'control 9 '])
    assert.equal(reader.read(bytes, 5, 2), 10)
    assert.equal(reader.read(bytes, 10, 2), bytes.length)
    assert.deepEqual(sink.events, ['text a', 'control 9 ', 'text b', 'binary '])
  })

  it('stops behind the frame whose event asked for it', () => {
    const { sink, reader } = setUp()
    sink.react = () => reader.stop()
    const bytes = Buffer.concat([frame(1, 'a'), frame(1, 'b')])
    assert.equal(reader.read(bytes, 0, 100), 3)
    assert.equal(reader.read(bytes, 3, 100), 6)
    assert.deepEqual(sink.events, ['text a', 'text b'])
  })

  it('gives away binary messages in memory of their own, however they arrive', () => {
    const kept: ArrayBuffer[] = []
    const { sink, reader } = setUp()
    sink.onBinary = (data) => kept.push(data)
    const bytes = Buffer.concat([frame(2, 'whole'), frame(2, 'split')])
    reader.read(bytes, 0, 1)
    reader.read(bytes.subarray(7, 10), 0, 1)
    reader.read(bytes.subarray(10), 0, 1)
    bytes.fill(0)
    assert.deepEqual(
      kept.map((data) => Buffer.from(data).toString()),
      ['whole', 'split'],
    )
    assert.deepEqual(
      kept.map((data) => data.byteLength),
      [5, 5],
    )
  })
})

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}
