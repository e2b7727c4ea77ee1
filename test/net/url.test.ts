import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseUrl } from '../../src/net/url.js'

describe('URLs', () => {
  it('takes a URL apart for those who check more', () => {
    assert.deepEqual(parseUrl('WSS://u:p@h:1/a?b#c'), {
      scheme: 'wss',
      userinfo: 'u:p',
      authority: 'h:1',
      hostname: 'h',
      port: '1',
      path: '/a',
      query: 'b',
      fragment: 'c',
    })
    assert.equal(parseUrl('ws://h/').fragment, null)
  })

  it('says in the words of Go what is no URL', () => {
    assert.throws(() => parseUrl('ws://h/%zz'), {
      name: 'UrlError',
      message: 'parse "ws://h/%zz": invalid URL escape "%zz"',
    })
  })
})
