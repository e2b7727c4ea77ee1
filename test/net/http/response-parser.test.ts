import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ResponseHead, ResponseParser } from '../../../src/net/http/response-parser.js'

interface Parsed {
  readonly status: number
  readonly fields: ResponseHead['fields']
  readonly body: string
  readonly isComplete: boolean
  readonly keepsAlive: boolean
  readonly surplus: number
  readonly error: string
}

/** What the parser makes of bytes that arrive in pieces which end at `cuts`. */
function parse(text: string, cuts: readonly number[] = [], isHead = false): Parsed {
  const bytes = Buffer.from(text, 'latin1')
  let head: ResponseHead | null = null
  let body = ''
  const parser = new ResponseParser({
    onHead: (given) => {
      head = given
    },
    onBody: (chunk) => {
      body += chunk.toString('latin1')
    },
  })
  parser.begin(isHead)
  let isComplete = false
  let error = ''
  let rest = 0
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  let at = 0
  try {
    for (const end of ends) {
      if (isComplete) rest += end - at
      else if (end > at) isComplete = parser.push(bytes.subarray(at, end))
      at = end
    }
    if (!isComplete) isComplete = parser.end()
  } catch (thrown) {
    error = (thrown as Error).message
  }
  const { status = 0, fields = [] } = (head ?? {}) as Partial<ResponseHead>
  return { status, fields, body, isComplete, keepsAlive: parser.keepsAlive, surplus: parser.surplus + rest, error }
}

const RESPONSES = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloMORE',
  'HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5;x=y\nhello\n3\nabc\n0\nT: t\n\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil the end',
  'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
  'nonsense\r\n\r\n',
  'HTTP/1.1 2x0 OK\r\n\r\n',
]

describe('the parser of HTTP/1 responses', () => {
  it('makes the same of a response however it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RESPONSES), fc.array(fc.nat(200), { maxLength: 12 }), (text, cuts) => {
        const whole = parse(text)
        const pieces = parse(text, cuts)
        // How much of what is behind an error has been read does not matter.
        if (whole.error === '') assert.deepEqual(pieces, whole)
        else assert.equal(pieces.error, whole.error)
      }),
    )
  })

  it('ends in a response or an HttpError for any bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.array(fc.nat(300), { maxLength: 5 }),
        (text, cuts) => {
          const { isComplete, error } = parse(`HTTP/1.1 200 OK\r\n${text}`, cuts)
          assert.equal(isComplete, error === '')
        },
      ),
    )
  })

  it('keeps a connection only when both the response and its end allow that', () => {
    const keeps = (text: string, isHead = false): boolean => parse(text, [], isHead).keepsAlive
    assert.deepEqual(
      RESPONSES.slice(0, 5).map((text) => keeps(text)),
      [true, true, true, true, false],
    )
    assert.equal(keeps('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive, Close\r\n\r\nhello'), false)
    assert.equal(keeps('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', true), true)
    assert.equal(parse(RESPONSES[1]!).surplus, 4)
  })

  it('takes a head of many bytes in time that grows with them, however it comes', () => {
    const rows: [string, RegExp][] = [
      [`X: ${'x'.repeat(9_000_000)}\r\n`, /^$/],
      [`X: ${'x'.repeat(11_000_000)}`, /response headers exceeded 10485760 bytes/],
      [`X:\r\n${' y\r\n'.repeat(90_000)}`, /^$/],
      [`X:\r\n${' y\r\n'.repeat(1_000_000)}`, /more than 100000 lines of headers/],
      ['X:y\r\n'.repeat(1_000_000), /more than 100000 lines of headers/],
    ]
    const before = process.cpuUsage()
    for (const [fields, error] of rows) {
      const text = `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${fields}\r\n`
      const cuts = Array.from({ length: text.length / 2000 }, (_, i) => i * 2000)
      assert.match(parse(text, cuts).error, error)
    }
    // A second or two; with all of the head looked at again for each piece it was over a minute.
    const { user } = process.cpuUsage(before)
    assert.ok(user < 20e6, `${user / 1e6} s`)
  })
})
