/**
 * The cases of the Autobahn client suite that matter, against a raw socket: what a server sends, in one piece and byte by byte,
 * and what the client must deliver, answer, and end with. The numbers are those of the suite.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { closeFrame, connected, frame, rawServer, type TestSettings } from './support.js'

const NO_FIN = 0x00
const TEXT = 1
const BINARY = 2
const PING = 9
const PONG = 10
const GREEK = Buffer.from('κόσμε')
const hex = (text: string): Buffer => Buffer.from(text.replace(/ /g, ''), 'hex')

interface Case {
  name: string
  sent: Buffer[]
  /** Delivered, in order. */
  events?: string[]
  /** Payloads of the pongs that the server gets. */
  pongs?: string[]
  /** Code of the client's close frame: 1000 when nothing was wrong. */
  close?: number
  settings?: TestSettings
  deflate?: boolean
  /** Do not send byte by byte. */
  large?: boolean
}

const strict = { strictUtf8: true }

function violation(name: string, ...sent: Buffer[]): Case {
  return { name, sent: [...sent, frame(TEXT, 'never delivered')], close: 1002 }
}

function compressed(payload: string | Buffer): Buffer {
  const bytes = deflateRawSync(payload, { finishFlush: 2 })
  return bytes.subarray(0, bytes.length - 4)
}

function sized(size: number): Case {
  const payload = '*'.repeat(size)
  return {
    name: `1.1/1.2: messages of ${size} bytes`,
    sent: [frame(TEXT, payload), frame(BINARY, payload)],
    events: [`text ${payload.slice(0, 40)}`, `binary ${size}`],
    large: size > 200,
  }
}

const cases: Case[] = [
  ...[0, 125, 126, 127, 128, 65_535, 65_536].map(sized),
  {
    name: '2.1–2.3: pings are answered with their payload',
    sent: [frame(PING), frame(PING, 'abc')],
    events: ['ping ', 'ping abc'],
    pongs: ['', 'abc'],
  },
  {
    name: '2.4: a ping of 125 bytes',
    sent: [frame(PING, hex('fe'.repeat(125)))],
    pongs: [hex('fe'.repeat(125)).toString()],
  },
  violation('2.5: a ping of 126 bytes', frame(PING, 'x'.repeat(126))),
  {
    name: '2.7–2.9: unsolicited pongs, then a ping',
    sent: [frame(PONG), frame(PONG, 'x'), frame(PING, 'y')],
    events: ['pong ', 'pong x', 'ping y'],
    pongs: ['y'],
  },
  {
    name: '2.10: ten pings in a row',
    sent: Array.from({ length: 10 }, (_, i) => frame(PING, `${i}`)),
    pongs: Array.from({ length: 10 }, (_, i) => `${i}`),
  },
  violation('3.1: reserved bit 3', frame(TEXT, 'x', 0x90)),
  {
    ...violation('3.2: reserved bit 2 after a message', frame(TEXT, 'ok'), frame(TEXT, 'x', 0xa0)),
    events: ['text ok'],
  },
  violation('3.5: reserved bit 1 without compression', frame(BINARY, 'x', 0xc0)),
  violation('3.6: reserved bits on a ping', frame(PING, 'x', 0xe0)),
  violation('3.7: reserved bits on a close frame', frame(8, hex('03e8'), 0xf0)),
  ...[3, 5, 7].map((opcode) => violation(`4.1: opcode ${opcode}`, frame(opcode, 'x'))),
  ...[11, 13, 15].map((opcode) => violation(`4.2: opcode ${opcode}`, frame(opcode))),
  violation('5.1: a fragmented ping', frame(PING, 'a', NO_FIN), frame(0, 'b')),
  violation('5.2: a fragmented pong', frame(PONG, 'a', NO_FIN), frame(0, 'b')),
  {
    name: '5.3: a text in two fragments',
    sent: [frame(TEXT, 'frag1', NO_FIN), frame(0, 'frag2')],
    events: ['text frag1frag2'],
  },
  {
    name: '5.6: a ping between fragments',
    sent: [frame(TEXT, 'frag1', NO_FIN), frame(PING, 'p'), frame(0, 'frag2')],
    events: ['ping p', 'text frag1frag2'],
    pongs: ['p'],
  },
  violation('5.9: a continuation of nothing', frame(0, 'x')),
  violation('5.12: a continuation of nothing, without FIN', frame(0, 'x', NO_FIN), frame(TEXT, 'y')),
  {
    ...violation(
      '5.15: a continuation after a finished message',
      frame(TEXT, 'a', NO_FIN),
      frame(0, 'b'),
      frame(0, 'c', NO_FIN),
    ),
    events: ['text ab'],
  },
  violation('5.18: a text inside a text', frame(TEXT, 'a', NO_FIN), frame(TEXT, 'b')),
  {
    name: '5.19: five fragments with pings between',
    sent: [
      frame(TEXT, '1', NO_FIN),
      frame(0, '2', NO_FIN),
      frame(PING, 'p1'),
      frame(0, '3', NO_FIN),
      frame(0, '4', NO_FIN),
      frame(PING, 'p2'),
      frame(0, '5'),
    ],
    events: ['ping p1', 'ping p2', 'text 12345'],
    pongs: ['p1', 'p2'],
  },
  { name: '6.1: empty fragments', sent: [frame(TEXT, '', NO_FIN), frame(0, '', NO_FIN), frame(0)], events: ['text '] },
  {
    name: '6.2: valid UTF-8 cut inside characters',
    sent: Array.from(GREEK, (byte, i) =>
      frame(i === 0 ? TEXT : 0, Buffer.from([byte]), i === GREEK.length - 1 ? 0x80 : NO_FIN),
    ),
    events: ['text κόσμε'],
    settings: strict,
  },
  {
    name: '6.3: invalid UTF-8, strict',
    sent: [frame(TEXT, hex('cebae1bdb9cf83cebcceb5eda080656469746564'))],
    close: 1007,
    settings: strict,
  },
  { name: '6.3: invalid UTF-8 as k6 takes it', sent: [frame(TEXT, hex('61ff62'))], events: ['text a\ufffdb'] },
  { name: '6.12: overlong encoding, strict', sent: [frame(TEXT, hex('c0af'))], close: 1007, settings: strict },
  {
    name: '6.20: beyond the last code point, strict',
    sent: [frame(TEXT, hex('f4908080'))],
    close: 1007,
    settings: strict,
  },
  {
    name: '6.22: non-characters are valid',
    sent: [frame(TEXT, hex('efbfbe'))],
    events: ['text \ufffe'],
    settings: strict,
  },
  {
    name: '7.1: a message after the close frame is not delivered',
    sent: [frame(TEXT, 'a'), closeFrame(1000), frame(TEXT, 'b'), frame(PING)],
    events: ['text a'],
  },
  { name: '7.3.1: an empty close frame', sent: [closeFrame()], close: 1005 },
  { name: '7.3.2: a close payload of one byte', sent: [frame(8, 'x')], close: 1002 },
  { name: '7.3.5: a reason of 123 bytes', sent: [closeFrame(1000, 'x'.repeat(123))] },
  { name: '7.3.6: a reason of 124 bytes', sent: [closeFrame(1000, 'x'.repeat(124))], close: 1002 },
  { name: '7.5.1: a reason that is no UTF-8', sent: [frame(8, hex('03e8 ce ba e1 bd b9 eda080'))], close: 1002 },
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map(
    (code): Case => ({ name: `7.7: close code ${code}`, sent: [closeFrame(code)], close: code }),
  ),
  ...[0, 999, 1004, 1005, 1006, 1014, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map(
    (code): Case => ({ name: `7.9/7.13: close code ${code} is refused`, sent: [closeFrame(code)], close: 1002 }),
  ),
  {
    name: '9.1: a text of 4 MiB',
    sent: [frame(TEXT, 'x'.repeat(4 << 20))],
    events: [`text ${'x'.repeat(40)}`],
    large: true,
  },
  {
    name: '9.2: a binary message of 4 MiB',
    sent: [frame(BINARY, Buffer.alloc(4 << 20))],
    events: [`binary ${4 << 20}`],
    large: true,
  },
  {
    name: '9.3: 1 MiB in fragments of 1 KiB',
    sent: Array.from({ length: 1024 }, (_, i) =>
      frame(i === 0 ? TEXT : 0, 'y'.repeat(1024), i === 1023 ? 0x80 : NO_FIN),
    ),
    events: [`text ${'y'.repeat(40)}`],
    large: true,
  },
  {
    name: '10.1: more than the limit',
    sent: [frame(TEXT, 'x'.repeat(101))],
    close: 1009,
    settings: { maxMessageBytes: 100 },
  },
  {
    name: '12.1: compressed messages',
    sent: [frame(TEXT, compressed('hello hello'), 0xc0), frame(BINARY, compressed('bin'), 0xc0), frame(TEXT, 'plain')],
    events: ['text hello hello', 'binary 3', 'text plain'],
    deflate: true,
  },
  {
    name: '12.2: a compressed message in fragments',
    sent: [
      frame(TEXT, compressed('hello hello').subarray(0, 4), 0x40),
      frame(PING),
      frame(0, compressed('hello hello').subarray(4)),
    ],
    events: ['ping ', 'text hello hello'],
    pongs: [''],
    deflate: true,
  },
  {
    name: '12: reserved bit 1 on a continuation',
    sent: [frame(TEXT, 'a', 0x40), frame(0, 'b', 0xc0)],
    close: 1002,
    deflate: true,
  },
  { name: '12: data that cannot be inflated', sent: [frame(TEXT, hex('ffffff'), 0xc0)], close: 1007, deflate: true },
  {
    name: '12: a message that is too large when inflated',
    sent: [frame(TEXT, compressed(Buffer.alloc(1001)), 0xc0)],
    close: 1009,
    deflate: true,
    settings: { maxMessageBytes: 1000 },
  },
]

const ACCEPTED =
  'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n'

describe('WebSocket conformance', () => {
  for (const { large, ...one } of cases) {
    it(one.name, async () => {
      const bytes = Buffer.concat([...one.sent, closeFrame(1000)])
      await run(one, [bytes])
      if (!large)
        await run(
          one,
          Array.from(bytes, (byte) => Buffer.from([byte])),
        )
    })
  }
})

async function run(one: Case, pieces: Buffer[]): Promise<void> {
  await using server = await rawServer({ extraHeaders: one.deflate ? ACCEPTED : '' })
  const { listener } = await connected(server.url, { deflate: one.deflate ?? false }, one.settings)
  const peer = await server.peer()
  for (const piece of pieces) {
    peer.socket.write(piece)
    // A separate segment each, as far as the two event loops allow.
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve))
  }
  const end = await listener.ended()
  await peer.end()
  const closes = peer.frames.filter(({ opcode }) => opcode === 8)
  const code = closes[0]!.payload.length === 0 ? 1005 : closes[0]!.payload.readUInt16BE(0)
  assert.equal(closes.length, 1)
  assert.equal(peer.frames.at(-1), closes[0])
  assert.equal(code, one.close ?? 1000)
  assert.equal((end as { code: number }).code, code)
  if (one.events !== undefined || one.close !== undefined) {
    assert.deepEqual(listener.events.slice(1, -1), one.events ?? [])
  }
  const pongs = peer.frames.filter(({ opcode }) => opcode === PONG).map(({ payload }) => payload.toString())
  assert.deepEqual(pongs, one.pongs ?? [])
}
