import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { WebSocketError } from '../../../src/net/websocket/error.js'
import { targetOf } from '../../../src/net/websocket/target.js'

describe('WebSocket URLs', () => {
  const targets: [url: string, tls: boolean, host: string, port: number, authority: string, resource: string][] = [
    ['ws://h', false, 'h', 80, 'h', '/'],
    ['wss://h', true, 'h', 443, 'h', '/'],
    ['WS://Host:8080/a/b?c=d', false, 'Host', 8080, 'Host:8080', '/a/b?c=d'],
    ['ws://h?x', false, 'h', 80, 'h', '/?x'],
    ['ws://h/?', false, 'h', 80, 'h', '/?'],
    ['ws://h/a#frag', false, 'h', 80, 'h', '/a'],
    ['ws://[::1]:9000/x', false, '::1', 9000, '[::1]:9000', '/x'],
    ['ws://[::1]', false, '::1', 80, '[::1]', '/'],
    ['ws://h:/x', false, 'h', 80, 'h:', '/x'],
    ['ws://h/a b?c d', false, 'h', 80, 'h', '/a%20b?c%20d'],
    ['ws://h/ä%20', false, 'h', 80, 'h', '/%C3%A4%20'],
    ['ws://bücher.example/', false, 'xn--bcher-kva.example', 80, 'xn--bcher-kva.example', '/'],
    ['ws://h/@x:y', false, 'h', 80, 'h', '/@x:y'],
  ]
  for (const [url, tls, host, port, authority, resource] of targets) {
    it(`reads ${url}`, () => assert.deepEqual(targetOf(url), { tls, host, port, authority, resource }))
  }

  const MALFORMED = 'malformed ws or wss URL'
  const failures: [url: string, message: string][] = [
    ['', MALFORMED],
    ['INVALID', MALFORMED],
    ['http://h/', MALFORMED],
    ['//h/', MALFORMED],
    ['ws:/h', MALFORMED],
    ['ws:', MALFORMED],
    ['ws://', MALFORMED],
    ['ws://:80/', MALFORMED],
    ['ws://user@h/', MALFORMED],
    ['ws://user:pass@h/', MALFORMED],
    ['ws://h/%zz', 'parse "ws://h/%zz": invalid URL escape "%zz"'],
    ['ws://h/a%2', 'parse "ws://h/a%2": invalid URL escape "%2"'],
    ['ws://h/%', 'parse "ws://h/%": invalid URL escape "%"'],
    ['ws://h%zz/', 'parse "ws://h%zz/": invalid URL escape "%zz"'],
    ['://h', 'parse "://h": missing protocol scheme'],
    ['1:2', 'parse "1:2": first path segment in URL cannot contain colon'],
    ['ws://h:abc/', 'parse "ws://h:abc/": invalid port ":abc" after host'],
    ['ws://[::1', 'parse "ws://[::1": missing \']\' in host'],
    ['ws://a b/', 'parse "ws://a b/": invalid character " " in host name'],
    ['ws://h/\n', 'parse "ws://h/\\n": net/url: invalid control character in URL'],
  ]
  for (const [url, message] of failures) {
    it(`refuses ${JSON.stringify(url)}`, () => {
      assert.throws(() => targetOf(url), { name: 'WebSocketError', code: 'ERR_WEBSOCKET_URL', message })
    })
  }

  it('answers anything with a target or an error of ours, and never lets a line break through', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), (text) => {
        for (const url of [text, `ws://${text}`, `ws://h/${text}`]) {
          try {
            assert.match(targetOf(url).resource, /^\/[\x21-\x7e]*$/)
          } catch (error) {
            assert.ok(error instanceof WebSocketError, String(error))
          }
        }
      }),
    )
  })
})
