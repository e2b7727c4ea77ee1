/** Servers of protocols that npm packages speak, which lie or never end; each begins with the first bytes of its client, or at once where the server speaks first. */
import { drip, flood, type Mode, reset } from './server.js'

const MANY = 1_000_000

/** Redis, RESP2. */
export const REDIS_MODES = {
  silence: () => {},
  'the end': (s) => s.end(),
  'a reset': reset,
  'arrays within arrays, a million deep': (s) => s.write('*1\r\n'.repeat(MANY)),
  'arrays within arrays, without end': (s) => flood(s, '*1\r\n'),
  'an array of 2 billion': (s) => s.write('*2147483647\r\n$1\r\na\r\n'),
  'an array of 1e15': (s) => s.write('*1000000000000000\r\n$1\r\na\r\n'),
  'a bulk of 4 GB that never comes': (s) => s.write('$4294967295\r\nabc'),
  'a bulk of 2 GB, without end': (s) => {
    s.write('$2147483647\r\n')
    flood(s, 'a'.repeat(8000))
  },
  'a line without end': (s) => {
    s.write('+')
    flood(s, 'a'.repeat(8000))
  },
  'answers to nothing, without end': (s) => flood(s, '+OK\r\n'),
  'errors without end': (s) => flood(s, '-ERR no\r\n'),
  'a type that is none': (s) => s.write('?what\r\n'),
  'negative lengths': (s) => s.write('$-5\r\n*-7\r\n'),
  'another protocol': (s) => s.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'an answer that drips': (s) => {
    s.write('+')
    drip(s, 'a')
  },
} as const satisfies Record<string, Mode>

const info = (more: object = {}): string =>
  `INFO ${JSON.stringify({ server_id: 'x', version: '2.10.0', proto: 1, headers: true, max_payload: 1_048_576, ...more })}\r\n`

/** NATS; the server speaks first. */
export const NATS_MODES = {
  silence: () => {},
  'the end': (s) => s.end(),
  'a reset': reset,
  'another protocol': (s) => s.write('SSH-2.0-OpenSSH_9.6\r\n'),
  'a line without end': (s) => flood(s, 'a'.repeat(8000)),
  'an INFO without end': (s) => {
    s.write('INFO {"server_id":"')
    flood(s, 'a'.repeat(8000))
  },
  'an INFO that is no JSON': (s) => s.write('INFO {what}\r\n'),
  'an INFO that is a list': (s) => s.write('INFO []\r\n'),
  'an INFO a hundred thousand deep': (s) => s.write(`INFO {"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}\r\n`),
  'INFO, then silence': (s) => s.write(info()),
  'INFO without end': (s) => flood(s, info()),
  'an absurd max_payload': (s) => answers(s, info({ max_payload: 1e300 })),
  'a max_payload of 0': (s) => answers(s, info({ max_payload: 0 })),
  'a max_payload that is a word': (s) => answers(s, info({ max_payload: 'all' })),
  'a negative max_payload': (s) => answers(s, info({ max_payload: -1 })),
  'a million other servers': (s) =>
    answers(
      s,
      info({
        connect_urls: Array.from({ length: 20_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:4222`),
      }),
    ),
  'PING without end': (s) => {
    s.write(info())
    flood(s, 'PING\r\n')
  },
  'PONG without end': (s) => {
    s.write(info())
    flood(s, 'PONG\r\n')
  },
  'messages that nobody asked for, without end': (s) => {
    answers(s, info())
    flood(s, `MSG any 1 5\r\nhello\r\n`)
  },
  'a message of 2 GB, without end': (s) => {
    answers(s, info())
    s.write('MSG any 1 2147483647\r\n')
    flood(s, 'a'.repeat(8000))
  },
  'a message of no number': (s) => {
    answers(s, info())
    s.write('MSG any one -5\r\nhello\r\n')
  },
  'errors without end': (s) => {
    answers(s, info())
    flood(s, "-ERR 'Maximum Payload Violation'\r\n")
  },
} as const satisfies Record<string, Mode>

/** Greets, and answers each PING so that the client takes the connection for a good one. */
function answers(socket: Parameters<Mode>[0], greeting: string): void {
  socket.write(greeting)
  socket.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf('PING'); at >= 0; at = chunk.indexOf('PING', at + 4)) socket.write('PONG\r\n')
  })
}

/** A message of PostgreSQL: a letter, a length that counts itself, a body. */
function pg(type: string, body: Buffer | string = '', length?: number): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(length ?? bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}
const PG_READY = Buffer.concat([pg('R', Buffer.alloc(4)), pg('Z', 'I')])
/** A description of one column, and a row of it. */
const PG_COLUMN = pg('T', Buffer.concat([Buffer.from([0, 1]), Buffer.from('a\0'), Buffer.alloc(18)]))
const PG_ROW = pg('D', Buffer.concat([Buffer.from([0, 1, 0, 0, 0, 5]), Buffer.from('hello')]))

export const POSTGRES_MODES = {
  silence: () => {},
  'the end': (s) => s.end(),
  'a reset': reset,
  'another protocol': (s) => s.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'a message of a negative length': (s) => s.write(pg('R', 'abcd', -1)),
  'a message of length 0': (s) => s.write(pg('R', 'abcd', 0)),
  'a message of 2 GB, without end': (s) => {
    s.write(pg('E', '', 0x7fffffff))
    flood(s, 'a'.repeat(8000))
  },
  'an authentication that is none': (s) => s.write(pg('R', Buffer.from([0, 0, 0, 99]))),
  'SASL with rounds beyond all bounds': (s) => {
    s.write(pg('R', Buffer.concat([Buffer.from([0, 0, 0, 10]), Buffer.from('SCRAM-SHA-256\0\0')])))
    s.once('data', (said: Buffer) => {
      const nonce = /r=([^,]*)/.exec(said.toString('latin1'))?.[1] ?? ''
      const first = `r=${nonce}x,s=${Buffer.from('salt').toString('base64')},i=2147483647`
      s.write(pg('R', Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from(first)])))
    })
  },
  'notices without end': (s) => flood(s, pg('N', 'SNOTICE\0Mhello\0\0')),
  'parameters without end': (s) => flood(s, pg('S', 'a\0b\0')),
  'ready without end': (s) => {
    s.write(PG_READY)
    flood(s, pg('Z', 'I'))
  },
  'a row of 65,535 columns': (s) => {
    s.write(PG_READY)
    s.once('data', () => s.write(pg('T', Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.from('a\0')]))))
  },
  'rows without end': (s) => {
    s.write(PG_READY)
    s.once('data', () => {
      s.write(PG_COLUMN)
      flood(s, PG_ROW)
    })
  },
  'a letter that is none': (s) => s.write(pg('\xff', 'abc')),
} as const satisfies Record<string, Mode>

const CONNACK = Buffer.from([0x20, 2, 0, 0])

export const MQTT_MODES = {
  silence: () => {},
  'the end': (s) => s.end(),
  'a reset': reset,
  'another protocol': (s) => s.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'a length of five bytes': (s) => s.write(Buffer.from([0x20, 0xff, 0xff, 0xff, 0xff, 0x7f])),
  'a packet of 256 MB, without end': (s) => {
    s.write(Buffer.concat([CONNACK, Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])]))
    flood(s, 'a'.repeat(8000))
  },
  'a CONNACK that refuses': (s) => s.write(Buffer.from([0x20, 2, 0, 5])),
  'CONNACK without end': (s) => flood(s, CONNACK),
  'PINGRESP without end': (s) => {
    s.write(CONNACK)
    flood(s, Buffer.from([0xd0, 0]))
  },
  'PUBLISH without end': (s) => {
    s.write(CONNACK)
    flood(s, Buffer.concat([Buffer.from([0x30, 8, 0, 1]), Buffer.from('ahello')]))
  },
  'a topic longer than its packet': (s) => {
    s.write(CONNACK)
    s.write(Buffer.from([0x30, 4, 0xff, 0xff, 1, 2]))
  },
  'a packet of type 0': (s) => s.write(Buffer.from([0, 0])),
  'acknowledgements of nothing, without end': (s) => {
    s.write(CONNACK)
    flood(s, Buffer.from([0x40, 2, 0, 1]))
  },
} as const satisfies Record<string, Mode>
