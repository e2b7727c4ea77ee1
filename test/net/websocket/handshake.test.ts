import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canonicalHeaderName, hasToken, joinHeaders } from '../../../src/net/headers.js'
import { parseExtensions } from '../../../src/net/websocket/extensions.js'
import type { HandshakeOptions, HandshakeResponse } from '../../../src/net/websocket/handshake.js'
import { acceptFor, verifyResponse } from '../../../src/net/websocket/handshake.js'
import { handshakeFor } from './support.js'

const URL = 'ws://h:81/path?q=1'

/** The request's lines without the key and the empty ones. */
function lines(options: Partial<HandshakeOptions> = {}, url = URL): string[] {
  const { request } = handshakeFor(url, options)
  assert.ok(request.endsWith('\r\n\r\n'))
  return request.split('\r\n').filter((line) => line !== '' && !line.startsWith('Sec-WebSocket-Key: '))
}

const BASIC = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']

describe('handshake request', () => {
  it('has the headers of the reference and no Origin', () => {
    assert.deepEqual(lines(), ['GET /path?q=1 HTTP/1.1', 'Host: h:81', 'User-Agent: test', ...BASIC])
  })

  it('has a key of 16 bytes, another one each time', () => {
    const keys = [1, 2].map(() => handshakeFor(URL).key)
    for (const key of keys) assert.equal(Buffer.from(key, 'base64').length, 16)
    assert.notEqual(keys[0], keys[1])
    assert.ok(handshakeFor(URL).request.includes('\r\nSec-WebSocket-Key: '))
  })

  it('sends the headers of the script with canonical names, the last of equal ones', () => {
    const sent = lines({
      headers: [
        ['x-a', '1'],
        ['X-A', '2'],
        ['origin', 'http://o'],
        ['AUTHORIZATION', 'Bearer é'],
      ],
    })
    assert.deepEqual(sent.slice(6), ['X-A: 2', 'Origin: http://o', 'Authorization: Bearer é'])
  })

  it('lets the script replace Host, User-Agent and Cookie', () => {
    const sent = lines({
      cookies: 'jar=1',
      headers: [
        ['host', 'other'],
        ['user-agent', 'me'],
        ['cookie', 'own=1'],
      ],
    })
    assert.deepEqual(sent, ['GET /path?q=1 HTTP/1.1', 'Host: other', 'User-Agent: me', ...BASIC, 'Cookie: own=1'])
  })

  it('leaves out an empty user agent and empty cookies', () => {
    assert.deepEqual(lines({ userAgent: '' }).slice(1), ['Host: h:81', ...BASIC])
  })

  it('sends the cookies of the jar', () => {
    assert.deepEqual(lines({ cookies: 'a=1; b=2' }).slice(6), ['Cookie: a=1; b=2'])
  })

  it('asks for subprotocols, given as such or as a header', () => {
    assert.deepEqual(lines({ protocols: ['a', 'b'] }).slice(6), ['Sec-WebSocket-Protocol: a, b'])
    assert.deepEqual(lines({ headers: [['sec-websocket-protocol', 'a']] }).slice(6), ['Sec-WebSocket-Protocol: a'])
    assert.deepEqual(lines({ protocols: [''] }).slice(6), ['Sec-WebSocket-Protocol: '])
  })

  it('offers compression with both parameters', () => {
    const offer = 'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover'
    assert.deepEqual(lines({ deflate: true }).slice(6), [offer])
  })

  for (const name of [
    'Upgrade',
    'Connection',
    'Sec-Websocket-Key',
    'Sec-Websocket-Version',
    'Sec-Websocket-Extensions',
  ]) {
    it(`refuses the header ${name}`, () => {
      const message = `websocket: duplicate header not allowed: ${name}`
      assert.throws(() => lines({ headers: [[name.toLowerCase(), 'x']] }), { code: 'ERR_WEBSOCKET_HEADER', message })
    })
  }

  it('refuses subprotocols given twice', () => {
    assert.throws(() => lines({ protocols: ['a'], headers: [['sec-websocket-protocol', 'b']] }), {
      message: 'websocket: duplicate header not allowed: Sec-Websocket-Protocol',
    })
  })

  it('does not let a name or a value begin another header', () => {
    assert.deepEqual(lines({ headers: [['x', 'a\r\nEvil: 1']] }).slice(6), ['X: a  Evil: 1'])
    assert.deepEqual(lines({ cookies: 'a=1\r\nEvil: 1' }).slice(6), ['Cookie: a=1  Evil: 1'])
    assert.throws(() => lines({ headers: [['x: 1\r\nevil', 'a']] }), { code: 'ERR_WEBSOCKET_HEADER' })
    assert.throws(() => lines({ headers: [['', 'a']] }), { code: 'ERR_WEBSOCKET_HEADER' })
  })
})

describe('handshake response', () => {
  const handshake = handshakeFor(URL)
  const deflating = handshakeFor(URL, { deflate: true })

  function response(headers: Record<string, string> = {}, status = 101, of = handshake): HandshakeResponse {
    const all = {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-Websocket-Accept': acceptFor(of.key),
      ...headers,
    }
    return { status, statusText: '', headers: all, headerList: [], body: '', protocol: '', extensions: [] }
  }

  it('computes the accept value of RFC 6455 §1.3', () => {
    assert.equal(acceptFor('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  })

  it('is accepted with tokens in any case and company', () => {
    assert.equal(verifyResponse(handshake, response()), null)
    assert.equal(verifyResponse(handshake, response({ Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' })), null)
  })

  const bad: [phrase: string, response: HandshakeResponse][] = [
    ['another status', response({}, 200)],
    ['no Upgrade', response({ Upgrade: '' })],
    ['another Upgrade', response({ Upgrade: 'websocket2' })],
    ['no Connection token', response({ Connection: 'keep-alive' })],
    ['a wrong accept value', response({ 'Sec-Websocket-Accept': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' })],
  ]
  for (const [phrase, answer] of bad) {
    it(`is refused with ${phrase}`, () => {
      assert.throws(() => verifyResponse(handshake, answer), {
        code: 'ERR_WEBSOCKET_HANDSHAKE',
        message: 'websocket: bad handshake',
      })
    })
  }

  const both = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'
  const negotiate = (extensions: string, of = deflating) =>
    verifyResponse(of, response({ 'Sec-Websocket-Extensions': extensions }, 101, of))

  it('turns compression on for each answer that RFC 7692 allows to what was offered', () => {
    const fresh = { serverKeepsContext: false }
    const kept = { serverKeepsContext: true }
    assert.deepEqual(negotiate(both), fresh)
    assert.deepEqual(negotiate(`${both}; server_max_window_bits=10`), fresh)
    assert.deepEqual(negotiate('permessage-deflate; server_no_context_takeover'), fresh)
    assert.deepEqual(negotiate('permessage-deflate; client_no_context_takeover'), kept)
    assert.deepEqual(negotiate('permessage-deflate; server_max_window_bits="15"'), kept)
    assert.deepEqual(negotiate('permessage-deflate'), kept)
    assert.equal(negotiate(''), null)
    assert.equal(negotiate('x-unknown; a=b'), null)
  })

  it('is refused with an extension that was not offered, where the standard holds', () => {
    const strict = handshakeFor(URL, { deflate: true, strictExtensions: true })
    const plain = handshakeFor(URL, { strictExtensions: true })
    assert.deepEqual(negotiate('permessage-deflate', strict), { serverKeepsContext: true })
    for (const [extensions, of] of [
      ['x-foo', strict],
      ['permessage-deflate, x-foo', strict],
      ['x-foo', plain],
    ] as const) {
      const message = 'websocket: the server chose the extension "x-foo", which was not offered'
      assert.throws(() => negotiate(extensions, of), { message, code: 'ERR_WEBSOCKET_HANDSHAKE' })
    }
    assert.throws(() => negotiate('permessage-deflate', plain), { message: /"permessage-deflate", which was not/ })
  })

  const unusable: [phrase: string, extensions: string][] = [
    ['names an impossible window', 'permessage-deflate; server_max_window_bits=99'],
    ['names no window', 'permessage-deflate; server_max_window_bits'],
    ['says something twice', 'permessage-deflate; server_no_context_takeover; server_no_context_takeover'],
    ['says something unknown', `${both}; unknown=1`],
    ['gives a value to what has none', 'permessage-deflate; server_no_context_takeover=1'],
    ['limits our window', `${both}; client_max_window_bits=10`],
    ['answers twice', `${both}, ${both}`],
  ]
  for (const [phrase, extensions] of unusable) {
    it(`is refused when the server ${phrase}`, () => {
      assert.throws(() => negotiate(extensions), { message: 'websocket: invalid compression negotiation' })
    })
  }

  it('is refused when the server compresses without having been asked', () => {
    assert.throws(() => negotiate(both, handshake), { message: 'websocket: invalid compression negotiation' })
  })
})

describe('headers', () => {
  it('canonicalises names as Go does', () => {
    const names = ['sec-websocket-ACCEPT', 'x-a', 'ETag', 'a_b-c', 'no token', '']
    assert.deepEqual(names.map(canonicalHeaderName), ['Sec-Websocket-Accept', 'X-A', 'Etag', 'A_b-C', 'no token', ''])
  })

  it('joins repeated headers in order', () => {
    const joined = joinHeaders([
      ['A', '1'],
      ['B', '2'],
      ['A', '3'],
      ['__proto__', 'x'],
    ])
    assert.deepEqual(Object.entries(joined), [
      ['A', '1, 3'],
      ['B', '2'],
      ['__proto__', 'x'],
    ])
  })

  it('finds tokens only as whole list elements', () => {
    assert.equal(hasToken('a, Upgrade ,b', 'upgrade'), true)
    assert.equal(hasToken('upgraded', 'upgrade'), false)
    assert.equal(hasToken(undefined, 'upgrade'), false)
  })

  it('parses extensions with parameters and quoted values', () => {
    const parsed = parseExtensions('a; b; c=1; d="x, \\"y;", , e')
    assert.deepEqual(
      parsed.map(({ name, parameters }) => [name, ...parameters]),
      [['a', ['b', ''], ['c', '1'], ['d', 'x, "y;']], ['e']],
    )
  })
})
