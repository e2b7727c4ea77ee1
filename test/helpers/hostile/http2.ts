/** HTTP/2 and gRPC servers that break the rules of frames; each begins after the preface and the headers of a request. Source: RFC 9113. */
import type { Socket } from 'node:net'
import { drip, flood, type Mode, reset, thenReset } from './server.js'

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const HEADERS = 1

const Type = {
  data: 0,
  headers: HEADERS,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  window: 8,
  continuation: 9,
} as const

/** A head of 9 bytes, and what it says is behind it. */
function frame(type: number, flags: number, stream: number, payload: Buffer | string = '', length?: number): Buffer {
  const body = Buffer.from(payload)
  const head = Buffer.alloc(9)
  head.writeUIntBE(length ?? body.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream >>> 0, 5)
  return Buffer.concat([head, body])
}

/** The client has sent the headers of its first request. */
export function afterHttp2Request(said: Buffer): boolean {
  for (let at = PREFACE.length; at + 9 <= said.length; at += 9 + said.readUIntBE(at, 3)) {
    if (said[at + 3] === HEADERS) return true
  }
  return false
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}
const setting = (id: number, value: number): Buffer => Buffer.concat([Buffer.from([0, id]), u32(value)])

/** What a client of gRPC waits for before it sends anything. */
export const SETTINGS = frame(Type.settings, 0, 0)
const SETTINGS_ACK = frame(Type.settings, 1, 0)
const END_STREAM = 1
const END_HEADERS = 4
/** `:status: 200`, an entry of the static table. */
const STATUS_200 = Buffer.from([0x88])
const HEAD = frame(Type.headers, END_HEADERS, 1, STATUS_200)

/** A field with a new name, and not to be remembered; shorter than 127 bytes each. */
function field(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ])
}

/** A block of headers that puts 4,000 bytes into the table once, and then names them again and again with a byte each. */
function hpackBomb(references: number): Buffer {
  const value = 'b'.repeat(3900)
  const entry = Buffer.concat([
    Buffer.from([0x40, 1]),
    Buffer.from('a'),
    // 3,900 = 127 + 3,773, seven bits a byte.
    Buffer.from([127, (3773 & 0x7f) | 0x80, 3773 >> 7]),
    Buffer.from(value),
  ])
  return Buffer.concat([STATUS_200, entry, Buffer.alloc(references, 0x80 | 62)])
}

/** As one HEADERS and as many CONTINUATION frames as it takes. */
function headerBlock(block: Buffer, stream = 1, flags = 0): Buffer {
  const size = 16_384
  const count = Math.max(1, Math.ceil(block.length / size))
  return Buffer.concat(
    Array.from({ length: count }, (_, i) =>
      frame(
        i === 0 ? Type.headers : Type.continuation,
        (i === 0 ? flags : 0) | (i === count - 1 ? END_HEADERS : 0),
        stream,
        block.subarray(i * size, (i + 1) * size),
      ),
    ),
  )
}

function begun(socket: Socket): Socket {
  socket.write(Buffer.concat([SETTINGS, SETTINGS_ACK]))
  return socket
}

/** After the settings, so many bytes. */
const sends =
  (...frames: Buffer[]): Mode =>
  (socket) =>
    void begun(socket).write(Buffer.concat(frames))

/** After the settings and these, this without end. */
const floods =
  (bytes: Buffer, ...first: Buffer[]): Mode =>
  (socket) => {
    begun(socket)
    if (first.length > 0) socket.write(Buffer.concat(first))
    flood(socket, bytes)
  }

export const HTTP2_MODES = {
  silence: () => {},
  'settings, then silence': (s) => void begun(s),
  'the end': (s) => s.end(),
  'a reset': reset,
  'settings, then the end': (s) => begun(s).end(),
  'a reset after the head': (s) => thenReset(begun(s), HEAD),
  'a reset in a frame': (s) => thenReset(begun(s), frame(Type.data, 0, 1, 'abc', 100)),
  'HTTP/1.1': (s) => s.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
  'bytes at random': (s) => s.write(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + 13) % 251))),
  'a frame of 16 MB': sends(frame(Type.data, 0, 1, 'abc', 0xffffff)),
  'a frame of an unknown type, without end': floods(frame(0xfa, 0, 0, Buffer.alloc(16_000))),
  'a flood of SETTINGS': floods(SETTINGS),
  'a flood of full SETTINGS': floods(frame(Type.settings, 0, 0, Buffer.concat(Array(100).fill(setting(4, 65_535))))),
  'a flood of acknowledged SETTINGS': floods(SETTINGS_ACK),
  'a flood of PING': floods(frame(Type.ping, 0, 0, 'abcdefgh')),
  'a flood of answered PING': floods(frame(Type.ping, 1, 0, 'abcdefgh')),
  'a flood of PING that nobody reads': (s) => {
    s.pause()
    flood(begun(s), frame(Type.ping, 0, 0, 'abcdefgh'))
  },
  'a flood of RST_STREAM': floods(frame(Type.reset, 0, 1, u32(8))),
  'a flood of RST_STREAM of streams that were never there': floods(frame(Type.reset, 0, 2 ** 30 + 1, u32(8))),
  'a flood of PRIORITY': floods(frame(Type.priority, 0, 1, Buffer.concat([u32(0), Buffer.from([1])]))),
  'a flood of WINDOW_UPDATE': floods(frame(Type.window, 0, 0, u32(1))),
  'a flood of GOAWAY': floods(frame(Type.goAway, 0, 0, Buffer.concat([u32(1), u32(0)]))),
  'a flood of empty DATA': floods(frame(Type.data, 0, 1), HEAD),
  'a flood of DATA that is all padding': floods(
    frame(Type.data, 8, 1, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)])),
    HEAD,
  ),
  'a body without end': floods(frame(Type.data, 0, 1, Buffer.alloc(16_384)), HEAD),
  'a body that drips': (s) => {
    begun(s).write(HEAD)
    drip(s, frame(Type.data, 0, 1, '.'))
  },
  'a flood of CONTINUATION': floods(
    frame(Type.continuation, 0, 1, field('x-a', 'a'.repeat(100))),
    frame(Type.headers, 0, 1, STATUS_200),
  ),
  'a flood of empty CONTINUATION': floods(frame(Type.continuation, 0, 1), frame(Type.headers, 0, 1, STATUS_200)),
  'CONTINUATION before HEADERS': sends(frame(Type.continuation, END_HEADERS, 1, STATUS_200)),
  '1xx without end': floods(
    frame(Type.headers, END_HEADERS, 1, Buffer.concat([Buffer.from([0x08, 3]), Buffer.from('103')])),
  ),
  'a HPACK bomb': (s) => void begun(s).write(headerBlock(hpackBomb(200_000))),
  'HPACK bombs without end': floods(headerBlock(hpackBomb(15_000))),
  'HPACK of an entry that is not there': sends(frame(Type.headers, END_HEADERS, 1, Buffer.from([0xff, 0x80, 0x7f]))),
  'HPACK that is cut': sends(frame(Type.headers, END_HEADERS, 1, Buffer.from([0x00, 0x7f]))),
  'a HPACK number without end': sends(
    frame(Type.headers, END_HEADERS, 1, Buffer.concat([Buffer.from([0xff]), Buffer.alloc(1000, 0xff)])),
  ),
  'a table size of 4 GB': sends(
    frame(Type.settings, 0, 0, setting(1, 0xffffffff)),
    frame(Type.headers, END_HEADERS | END_STREAM, 1, STATUS_200),
  ),
  'a head without a status': sends(frame(Type.headers, END_HEADERS | END_STREAM, 1, field('x-a', 'b'))),
  'two statuses': sends(frame(Type.headers, END_HEADERS | END_STREAM, 1, Buffer.concat([STATUS_200, STATUS_200]))),
  'a status that is no number': sends(
    frame(Type.headers, END_HEADERS | END_STREAM, 1, Buffer.concat([Buffer.from([0x08, 3]), Buffer.from('abc')])),
  ),
  'names in capitals': sends(
    frame(Type.headers, END_HEADERS | END_STREAM, 1, Buffer.concat([STATUS_200, field('X-A', 'b')])),
  ),
  'names of Object.prototype': sends(
    frame(
      Type.headers,
      END_HEADERS | END_STREAM,
      1,
      Buffer.concat([STATUS_200, field('__proto__', 'x'), field('constructor', 'y')]),
    ),
  ),
  'DATA before HEADERS': sends(frame(Type.data, END_STREAM, 1, 'abc')),
  'DATA after its end': sends(
    frame(Type.headers, END_HEADERS | END_STREAM, 1, STATUS_200),
    frame(Type.data, 0, 1, 'abc'),
  ),
  'DATA on stream 0': sends(frame(Type.data, 0, 0, 'abc')),
  'DATA of a stream that was never there': sends(frame(Type.data, 0, 99, 'abc')),
  'padding longer than its frame': sends(HEAD, frame(Type.data, 8, 1, Buffer.from([255, 1]))),
  'a Content-Length that is not kept': sends(
    frame(Type.headers, END_HEADERS, 1, Buffer.concat([STATUS_200, field('content-length', '1000')])),
    frame(Type.data, END_STREAM, 1, 'abc'),
  ),
  'WINDOW_UPDATE beyond all windows': sends(frame(Type.window, 0, 0, u32(0x7fffffff))),
  'WINDOW_UPDATE of 0': sends(frame(Type.window, 0, 1, u32(0))),
  'WINDOW_UPDATE of a stream beyond all windows': sends(frame(Type.window, 0, 1, u32(0x7fffffff))),
  'an initial window of 4 GB': sends(frame(Type.settings, 0, 0, setting(4, 0xffffffff))),
  'frames of at most 1 byte': sends(frame(Type.settings, 0, 0, setting(5, 1))),
  'no streams allowed': sends(frame(Type.settings, 0, 0, setting(3, 0))),
  'settings of a wrong length': sends(frame(Type.settings, 0, 0, 'abc')),
  'a push promise': sends(
    frame(Type.push, END_HEADERS, 1, Buffer.concat([u32(2), Buffer.from([0x82, 0x87, 0x84]), field('host', 'a')])),
  ),
  'push promises without end': (s) => {
    begun(s)
    let stream = 2
    const timer = setInterval(() => {
      if (s.destroyed || !s.writable) return clearInterval(timer)
      for (let i = 0; i < 500; i++, stream += 2) {
        s.write(frame(Type.push, END_HEADERS, 1, Buffer.concat([u32(stream), Buffer.from([0x82, 0x87, 0x84])])))
      }
    }, 5)
    s.on('close', () => clearInterval(timer))
  },
  'GOAWAY that saw nothing': sends(frame(Type.goAway, 0, 0, Buffer.concat([u32(0), u32(0)]))),
  'GOAWAY that saw streams to come': sends(frame(Type.goAway, 0, 0, Buffer.concat([u32(0x7fffffff), u32(2)]))),
  'GOAWAY with a code that is none': sends(frame(Type.goAway, 0, 0, Buffer.concat([u32(1), u32(0xdeadbeef)]))),
  'GOAWAY with 16 KB of words': sends(
    frame(Type.goAway, 0, 0, Buffer.concat([u32(1), u32(11), Buffer.alloc(16_000, 'too_many_pings')])),
  ),
  'RST_STREAM with a code that is none': sends(frame(Type.reset, 0, 1, u32(0xdeadbeef))),
  'REFUSED_STREAM, again and again': sends(frame(Type.reset, 0, 1, u32(7))),
  'HTTP/1.1 required': sends(frame(Type.reset, 0, 1, u32(13))),
} as const satisfies Record<string, Mode>

/** `content-type: application/grpc` after `:status: 200`. */
const GRPC_HEAD = frame(
  Type.headers,
  END_HEADERS,
  1,
  Buffer.concat([STATUS_200, field('content-type', 'application/grpc')]),
)
const encoded = (coding: string): Buffer =>
  frame(
    Type.headers,
    END_HEADERS,
    1,
    Buffer.concat([STATUS_200, field('content-type', 'application/grpc'), field('grpc-encoding', coding)]),
  )
const trailers = (...fields: Buffer[]): Buffer =>
  headerBlock(Buffer.concat([field('grpc-status', '0'), ...fields]), 1, END_STREAM)
/** A message: whether it is compressed, its length, itself. */
const message = (body: Buffer | string, flag = 0, length?: number): Buffer => {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from([flag]), u32(length ?? bytes.length), bytes])
}
const data = (bytes: Buffer): Buffer => {
  const frames: Buffer[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += 16_384) {
    frames.push(frame(Type.data, 0, 1, bytes.subarray(at, at + 16_384)))
  }
  return Buffer.concat(frames)
}

export const GRPC_MODES = {
  'a message without trailers': sends(GRPC_HEAD, data(message('')), frame(Type.data, END_STREAM, 1)),
  'a message that is longer than it says': sends(GRPC_HEAD, data(message('abcdefgh', 0, 3)), trailers()),
  'a message that is shorter than it says': sends(GRPC_HEAD, data(message('abc', 0, 1000)), trailers()),
  'a message of 4 GB': sends(GRPC_HEAD, data(message('abc', 0, 0xffffffff)), trailers()),
  'a message just below the limit, that never comes': sends(GRPC_HEAD, data(message('abc', 0, 4 * 1024 * 1024 - 1))),
  'a message that drips': (s) => {
    begun(s).write(Buffer.concat([GRPC_HEAD, data(message('abc', 0, 100_000))]))
    drip(s, frame(Type.data, 0, 1, 'a'))
  },
  'compressed without a coding': sends(GRPC_HEAD, data(message('abc', 1)), trailers()),
  'compressed with a coding nobody knows': sends(encoded('lzma'), data(message('abc', 1)), trailers()),
  'gzip that is none': sends(encoded('gzip'), data(message('abc', 1)), trailers()),
  'a flag that is none': sends(GRPC_HEAD, data(message('abc', 77)), trailers()),
  'metadata without end': floods(
    frame(Type.continuation, 0, 1, field('x-a', 'a'.repeat(100))),
    frame(Type.headers, 0, 1, STATUS_200),
  ),
  'binary metadata that is none': sends(
    frame(
      Type.headers,
      END_HEADERS,
      1,
      Buffer.concat([STATUS_200, field('content-type', 'application/grpc'), field('x-bin', '!!!')]),
    ),
    data(message('')),
    trailers(field('grpc-status-details-bin', '%%%')),
  ),
  'trailers of 60 KB': sends(
    GRPC_HEAD,
    data(message('')),
    trailers(...Array.from({ length: 600 }, (_, i) => field(`x-${i}`, 'v'.repeat(100)))),
  ),
  'names of Object.prototype': sends(GRPC_HEAD, data(message('')), trailers(field('__proto__', 'x'))),
  'messages without end': floods(data(message(Buffer.alloc(60_000))), GRPC_HEAD),
  'empty messages without end': floods(data(Buffer.concat(Array(1000).fill(message('')))), GRPC_HEAD),
} as const satisfies Record<string, Mode>
