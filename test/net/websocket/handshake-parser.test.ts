import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { WebSocketError } from '../../../src/net/websocket/error.js'
import { HandshakeParser, type HttpResponse } from '../../../src/net/websocket/handshake-parser.js'

interface Outcome {
  response: HttpResponse | null
  rest: string
  error?: string
}

function parse(pieces: Buffer[], ended = false): Outcome {
  const parser = new HandshakeParser()
  const rest: Buffer[] = []
  try {
    for (const piece of pieces) {
      if (parser.response === null) rest.push(piece.subarray(parser.push(piece)))
      else rest.push(piece)
    }
    if (ended) parser.end()
  } catch (error) {
    assert.ok(error instanceof WebSocketError, String(error))
    return { response: null, rest: '', error: error.message }
  }
  // Behind the body of a refusal nothing matters.
  return {
    response: parser.response,
    rest: parser.response?.status === 101 ? Buffer.concat(rest).toString('latin1') : '',
  }
}

/** Whole, byte by byte, and cut at each point: the same outcome. */
function parseEveryWay(text: string, ended = false): Outcome {
  const bytes = Buffer.from(text)
  const whole = parse([bytes], ended)
  assert.deepEqual(
    parse(
      Array.from(bytes, (byte) => Buffer.from([byte])),
      ended,
    ),
    whole,
  )
  for (let cut = 1; cut < bytes.length; cut++) {
    assert.deepEqual(parse([bytes.subarray(0, cut), bytes.subarray(cut)], ended), whole, `cut at ${cut}`)
  }
  return whole
}

describe('response parser', () => {
  it('reads a 101 and leaves every byte behind its head', () => {
    const { response, rest } = parseEveryWay(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nX-A:1\r\n\r\n\x81\x01a',
    )
    assert.equal(response!.status, 101)
    assert.equal(response!.statusText, 'Switching Protocols')
    assert.deepEqual({ ...response!.headers }, { Upgrade: 'websocket', 'X-A': '1' })
    assert.equal(response!.body, '')
    assert.equal(rest, Buffer.from('\x81\x01a').toString('latin1'))
  })

  it('takes bare line feeds, folded lines, a missing reason and text beyond ASCII', () => {
    const { response } = parseEveryWay('HTTP/1.0 101 \nX-A: one\n  two\nX-B: ä\n\n')
    assert.equal(response!.statusText, '')
    assert.deepEqual({ ...response!.headers }, { 'X-A': 'one two', 'X-B': 'ä' })
  })

  it('joins repeated headers and keeps them apart in the list', () => {
    const { response } = parseEveryWay('HTTP/1.1 101 X\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n')
    assert.equal(response!.headers['Set-Cookie'], 'a=1, b=2')
    assert.deepEqual(response!.headerList, [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ])
  })

  const bodies: [phrase: string, head: string, body: string, ended: boolean, expected: string | null][] = [
    ['of a given length', 'Content-Length: 5', 'hello', false, 'hello'],
    ['of a given length, followed by more', 'Content-Length: 5', 'hello!', false, 'hello'],
    ['of no length', 'Content-Length: 0', '', false, ''],
    ['that is not complete', 'Content-Length: 5', 'hel', false, null],
    ['cut short by the end', 'Content-Length: 5', 'hel', true, 'hel'],
    ['up to the end', 'X: y', 'hello', true, 'hello'],
    ['that has not ended', 'X: y', 'hello', false, null],
    ['of more than 1024 bytes', 'X: y', 'x'.repeat(1030), false, 'x'.repeat(1024)],
    ['in chunks', 'Transfer-Encoding: chunked', '3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\n\r\n', false, 'hello'],
    ['in chunks that go on', 'Transfer-Encoding: chunked', '3\r\nhel\r\n2\r\nl', false, null],
    ['in chunks that break off', 'Transfer-Encoding: chunked', '3\r\nhel\r\n2\r\nl', true, 'hell'],
  ]
  for (const [phrase, head, body, ended, expected] of bodies) {
    it(`reads a body ${phrase}`, () => {
      const { response } = parseEveryWay(`HTTP/1.1 404 Not Found\r\n${head}\r\n\r\n${body}`, ended)
      assert.equal(response === null ? null : response.body, expected)
    })
  }

  for (const status of [204, 304]) {
    it(`expects no body with status ${status}`, () => {
      assert.equal(parse([Buffer.from(`HTTP/1.1 ${status} X\r\n\r\n`)]).response!.body, '')
    })
  }

  const failures: [phrase: string, text: string, message: string][] = [
    ['a line of something else', 'SSH-2.0-OpenSSH\r\n', 'malformed HTTP response "SSH-2.0-OpenSSH"'],
    ['an empty line', '\r\n', 'malformed HTTP response ""'],
    ['another protocol', 'RTSP/1.0 200 OK\r\n', 'malformed HTTP version "RTSP/1.0"'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n', 'malformed HTTP status code "abc"'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n', 'malformed HTTP status code "20"'],
    ['a header without colon', 'HTTP/1.1 200 OK\r\nbroken\r\n\r\n', 'malformed MIME header line: broken'],
    ['a header with a blank in its name', 'HTTP/1.1 200 OK\r\na b: c\r\n\r\n', 'malformed MIME header line: a b: c'],
    ['nothing at all', '', 'unexpected EOF'],
    ['half a head', 'HTTP/1.1 101 X\r\nA: b\r\n', 'unexpected EOF'],
  ]
  for (const [phrase, text, message] of failures) {
    it(`refuses ${phrase}`, () => assert.equal(parseEveryWay(text, true).error, message))
  }

  it('refuses a line of something else before it ends anything', () => {
    assert.equal(parse([Buffer.from('220 mail.example ESMTP\r\n')]).error, 'malformed HTTP status code "mail.example"')
  })

  it('gives up a head that does not end', () => {
    const pieces = ['HTTP/1.1 200 OK\r\n', ...Array.from({ length: 263 }, () => `X: ${'y'.repeat(1000)}\r\n`)]
    assert.equal(parse(pieces.map((piece) => Buffer.from(piece))).error, 'response headers exceed 262144 bytes')
  })

  it('reads a head of nearly 256 KiB', () => {
    const text = `HTTP/1.1 101 X\r\nA: ${'y'.repeat(255 * 1024)}\r\n\r\n`
    assert.equal(parse([Buffer.from(text.slice(0, 100_000)), Buffer.from(text.slice(100_000))]).response!.status, 101)
  })

  it('skips interim answers, which have their place in the same limit', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    const { response, rest } = parseEveryWay(`${interim}HTTP/1.1 101 X\r\nA: b\r\n\r\nbytes`)
    assert.deepEqual([response!.status, { ...response!.headers }, rest], [101, { A: 'b' }, 'bytes'])
    const refused = parseEveryWay(`${interim}HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno`)
    assert.deepEqual([refused.response!.status, refused.response!.body], [403, 'no'])
    const flood = Array.from({ length: 12_000 }, () => Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'))
    assert.equal(parse(flood).error, 'response headers exceed 262144 bytes')
    assert.equal(parse([Buffer.concat(flood)]).error, 'response headers exceed 262144 bytes')
  })

  it('answers any bytes with a response, more appetite, or an error of ours', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, inBody) => {
        parse(
          [Buffer.from(inBody ? 'HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n' : ''), Buffer.from(bytes)],
          true,
        )
      }),
    )
  })
})
