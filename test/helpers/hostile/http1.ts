/** HTTP/1.1 servers that lie, break off or never end; each begins after the head of a request. */
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib'
import { drip, flood, type Mode, reset, thenReset } from './server.js'

export const afterRequest = (said: Buffer): boolean => said.includes('\r\n\r\n')

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes)

const bomb =
  (coding: string, body: Buffer): Mode =>
  (socket) => {
    socket.write(`${OK}Content-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`)
    socket.write(body)
  }

/** A zstd frame of `count` blocks that each say: 128 KiB of zeros. */
function zstdZeros(count: number): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58])
  const block = Buffer.alloc(4)
  block.writeUIntLE((131_072 << 3) | (1 << 1), 0, 3)
  const last = Buffer.from(block)
  last[0]! |= 1
  return Buffer.concat([head, ...Array(count - 1).fill(block), last])
}

/** Members of gzip follow one another in a body; each of them is a MiB of zeros. */
function gzipZeros(mebibytes: number): Buffer {
  return Buffer.concat(Array(mebibytes).fill(gzipSync(zeros(1 << 20))))
}

export const HTTP1_MODES = {
  'nothing, then the end': (s) => s.end(),
  'a reset instead of an answer': reset,
  silence: () => {},
  'another protocol': (s) => s.write('SSH-2.0-OpenSSH_9.6\r\n\r\n'),
  'bytes at random': (s) => s.write(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + 13) % 251))),
  'a reset in the status line': (s) => thenReset(s, 'HTTP/1.1 2'),
  'a reset in the head': (s) => thenReset(s, `${OK}Content-Le`),
  'a reset in the body': (s) => thenReset(s, `${OK}Content-Length: 10\r\n\r\nab`),
  'a reset in a chunk': (s) => thenReset(s, `${CHUNKED}5\r\nab`),
  'a reset in the trailers': (s) => thenReset(s, `${CHUNKED}0\r\nX-A`),
  'a status line without end': (s) => {
    s.write('HTTP/1.1 200 ')
    flood(s, 'x'.repeat(8000))
  },
  'a header without end': (s) => {
    s.write(`${OK}X-A: `)
    flood(s, 'a'.repeat(8000))
  },
  'headers without end': (s) => {
    s.write(OK)
    flood(s, `X-A: ${'a'.repeat(100)}\r\n`)
  },
  'empty header lines without end': (s) => {
    s.write(OK)
    flood(s, 'A:\r\n')
  },
  '1xx without end': (s) => flood(s, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
  'a line folded a million times': (s) => s.write(`${OK}A:\r\n${' b\r\n'.repeat(1_000_000)}\r\n`),
  'half a million cookies': (s) => s.write(`${OK}${'Set-Cookie: a=b\r\n'.repeat(500_000)}\r\n`),
  'a million headers': (s) => s.write(`${OK}${'A:b\r\n'.repeat(1_000_000)}\r\n`),
  'bare 100s without end': (s) => flood(s, 'HTTP/1.1 100\r\n\r\n'),
  'a head that drips': (s) => {
    s.write(`${OK}X: `)
    drip(s, 'a')
  },
  'a body that drips': (s) => {
    s.write(`${OK}Content-Length: 100000\r\n\r\n`)
    drip(s, '.')
  },
  'a body without end': (s) => {
    s.write(`${OK}\r\n`)
    flood(s, zeros(65_536))
  },
  'more than Content-Length says, without end': (s) => {
    s.write(`${OK}Content-Length: 3\r\n\r\n`)
    flood(s, 'abc')
  },
  'less than Content-Length says': (s) => s.end(`${OK}Content-Length: 1000\r\n\r\nabc`),
  'a Content-Length beyond all numbers': (s) => s.write(`${OK}Content-Length: 99999999999999999999\r\n\r\nabc`),
  'a Content-Length of 9e15': (s) => s.write(`${OK}Content-Length: 9007199254740991\r\n\r\nabc`),
  'a negative Content-Length': (s) => s.end(`${OK}Content-Length: -1\r\n\r\nabc`),
  'a Content-Length with a sign': (s) => s.end(`${OK}Content-Length: +3\r\n\r\nabc`),
  'two Content-Lengths': (s) => s.end(`${OK}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde`),
  'Content-Length and chunks': (s) =>
    s.end(
      `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nHTTP/1.1 200 smuggled\r\n\r\n`,
    ),
  'a chunk of 16 digits': (s) => s.write(`${CHUNKED}FFFFFFFFFFFFFFFF\r\nabc`),
  'a chunk of many digits': (s) => s.write(`${CHUNKED}${'0'.repeat(5000)}1\r\nabc`),
  'a chunk that is no number': (s) => s.write(`${CHUNKED}zz\r\nabc`),
  'a chunk without its end': (s) => s.write(`${CHUNKED}2\r\nabcdef`),
  'a chunk extension without end': (s) => {
    s.write(`${CHUNKED}5;`)
    flood(s, 'y'.repeat(8000))
  },
  'chunks with long extensions, without end': (s) => {
    s.write(CHUNKED)
    flood(s, `1;${'e'.repeat(2000)}\r\nx\r\n`)
  },
  'chunks of one byte, without end': (s) => {
    s.write(CHUNKED)
    flood(s, '1\r\nx\r\n')
  },
  'trailers without end': (s) => {
    s.write(`${CHUNKED}0\r\n`)
    flood(s, `T: ${'b'.repeat(1000)}\r\n`)
  },
  'control characters in a header': (s) => s.end(`${OK}X\0Y: 1\r\nZ: \x1b[2J\r\nContent-Length: 0\r\n\r\n`),
  'control characters in the reason': (s) => s.end('HTTP/1.1 500 \x1b[2J\x1b]0;owned\x07\r\nContent-Length: 0\r\n\r\n'),
  'names of Object.prototype': (s) =>
    s.end(
      `${OK}__proto__: x\r\nconstructor: y\r\nhasOwnProperty: z\r\nSet-Cookie: __proto__=1\r\nContent-Length: 2\r\n\r\nok`,
    ),
  'twenty thousand cookies': (s) =>
    s.end(
      `${OK}${Array.from({ length: 20_000 }, (_, i) => `Set-Cookie: c${i}=${'v'.repeat(100)}\r\n`).join('')}Content-Length: 2\r\n\r\nok`,
    ),
  'redirections to itself': (s) => s.end('HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'),
  'a redirection of 1 MB': (s) =>
    s.end(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/${'z'.repeat(1_000_000)}\r\nContent-Length: 0\r\n\r\n`),
  'a redirection to a file': (s) =>
    s.end('HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n'),
  'an upgrade nobody asked for': (s) => s.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'),
  'a status of 999': (s) => s.end('HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n'),
  'HTTP/9.9': (s) => s.end('HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n'),
  'the preface of HTTP/2': (s) => s.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])),
  'a gzip bomb': bomb('gzip', gzipZeros(1024)),
  'a gzip bomb in br': bomb('gzip, br', brotliCompressSync(gzipZeros(1024))),
  'a br bomb': bomb('br', brotliCompressSync(zeros(300 << 20), { params: { [zlib.BROTLI_PARAM_QUALITY]: 1 } })),
  'a zstd bomb': bomb('zstd', zstdZeros(8192)),
  'gzip that is none': (s) => s.end(`${OK}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello`),
  'gzip that is cut': (s) => {
    const body = gzipSync(zeros(100_000)).subarray(0, 60)
    s.write(`${OK}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`)
    s.end(body)
  },
  'a hundred codings': (s) =>
    s.end(`${OK}Content-Encoding: ${Array(100).fill('gzip').join(', ')}\r\nContent-Length: 5\r\n\r\nhello`),
} as const satisfies Record<string, Mode>
