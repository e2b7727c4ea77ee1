import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CookieJar, cookieHeader, storeCookies, vuJar } from '../../src/modules/cookie-jar.js'
import type { VirtualUser } from '../../src/vu/virtual-user.js'

function fakeVu(noCookiesReset = false): VirtualUser & { iteration: number } {
  return { iteration: 0, shard: { settings: { noCookiesReset } } } as unknown as VirtualUser
}

describe('a cookie jar', () => {
  it('sends what was set for the URL, ws like http', () => {
    const jar = new CookieJar()
    jar.set('http://127.0.0.1:7009/', 'a', '1')
    jar.set('ws://127.0.0.1/', 'b', 2)
    assert.equal(cookieHeader(jar, 'ws://127.0.0.1:9/deep/path'), 'a=1; b=2')
    assert.equal(cookieHeader(jar, 'ws://127.0.0.2/'), '')
    assert.deepEqual(jar.cookiesForURL('http://127.0.0.1/'), { a: ['1'], b: ['2'] })
  })

  it('honours domain, path, secure, expiry and age', () => {
    const jar = new CookieJar()
    jar.set('http://www.example.test/', 'wide', '1', { domain: 'example.test' })
    jar.set('http://www.example.test/', 'deep', '1', { path: '/deep' })
    jar.set('https://www.example.test/', 'safe', '1', { secure: true })
    jar.set('http://www.example.test/', 'old', '1', { expires: 'Mon, 02 Jan 2006 15:04:05 GMT' })
    jar.set('http://www.example.test/', 'young', '1', { max_age: 60 })
    jar.set('http://www.example.test/', 'foreign', '1', { domain: 'other.test' })
    assert.equal(cookieHeader(jar, 'ws://sub.example.test/'), 'wide=1')
    assert.equal(cookieHeader(jar, 'ws://www.example.test/'), 'wide=1; young=1')
    assert.equal(cookieHeader(jar, 'wss://www.example.test/deep/er'), 'deep=1; wide=1; safe=1; young=1')
  })

  it('keeps what responses set and forgets what they expire', () => {
    const jar = new CookieJar()
    storeCookies(jar, 'ws://localhost:1/', [
      ['Set-Cookie', 'session=abc; Path=/; HttpOnly'],
      ['X-Other', 'no=cookie'],
      ['Set-Cookie', 'x=1'],
      ['Set-Cookie', 'not for us=1; Domain=other.test'],
    ])
    assert.equal(cookieHeader(jar, 'ws://localhost:2/'), 'session=abc; x=1')
    storeCookies(jar, 'ws://localhost:1/', [['Set-Cookie', 'x=; Max-Age=0']])
    assert.equal(cookieHeader(jar, 'ws://localhost:2/'), 'session=abc')
  })

  it('deletes one cookie or all cookies of a URL', () => {
    const jar = new CookieJar()
    for (const name of ['a', 'b', 'c']) jar.set('http://h.test/', name, '1')
    jar.set('http://other.test/', 'a', '1')
    jar.delete('http://h.test/', 'a')
    assert.deepEqual(Object.keys(jar.cookiesForURL('http://h.test/')), ['b', 'c'])
    jar.clear('http://h.test/')
    assert.deepEqual(jar.cookiesForURL('http://h.test/'), {})
    assert.deepEqual(jar.cookiesForURL('http://other.test/'), { a: ['1'] })
  })

  it('refuses URLs and dates that cannot be understood', () => {
    const jar = new CookieJar()
    assert.throws(() => jar.set('nonsense', 'a', '1'), { name: 'GoError', message: /nonsense/ })
    assert.throws(() => jar.set('http://h.test/', 'a', '1', { expires: 'soon' }), {
      name: 'GoError',
      message: /"soon"/,
    })
  })
})

describe("a VU's jar", () => {
  it('lasts for one iteration', () => {
    const vu = fakeVu()
    const first = vuJar(vu)
    assert.equal(vuJar(vu), first)
    vu.iteration++
    assert.notEqual(vuJar(vu), first)
  })

  it('stays with option noCookiesReset', () => {
    const vu = fakeVu(true)
    const first = vuJar(vu)
    vu.iteration++
    assert.equal(vuJar(vu), first)
  })
})
