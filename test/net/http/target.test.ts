import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { maskedText, resolveUrl, targetOf } from '../../../src/net/http/target.js'

describe('HTTP targets', () => {
  it('say where to connect, what to ask for and what to show', () => {
    const { host, port, origin, authority, resource, url, masked } = targetOf('HTTPS://u:p%40@Host.test/a b?q=1 2#f')
    assert.deepEqual(
      { host, port, origin, authority, resource, url, masked },
      {
        host: 'Host.test',
        port: 443,
        origin: 'https://host.test:443',
        authority: 'Host.test',
        resource: '/a%20b?q=1%202',
        url: 'https://u:p%40@Host.test/a%20b?q=1 2#f',
        masked: 'https://****:****@Host.test/a%20b?q=1 2#f',
      },
    )
    assert.equal(targetOf('http://[::1]:8080').host, '::1')
    assert.equal(targetOf('http://[::1]:8080').authority, '[::1]:8080')
  })

  it('lead on as RFC 3986 says', () => {
    const base = targetOf('http://a.test/b/c/d?q')
    const cases: [string, string][] = [
      ['g', 'http://a.test/b/c/g'],
      ['./g', 'http://a.test/b/c/g'],
      ['g/', 'http://a.test/b/c/g/'],
      ['/g', 'http://a.test/g'],
      ['//g.test/x', 'http://g.test/x'],
      ['?y', 'http://a.test/b/c/d?y'],
      ['g?y#s', 'http://a.test/b/c/g?y#s'],
      ['#s', 'http://a.test/b/c/d?q#s'],
      ['', 'http://a.test/b/c/d?q'],
      ['..', 'http://a.test/b/'],
      ['../g', 'http://a.test/b/g'],
      ['../../../g', 'http://a.test/g'],
      ['https://x.test:1/y?z', 'https://x.test:1/y?z'],
      ['mailto:x@y', 'mailto:x@y'],
    ]
    for (const [reference, expected] of cases) assert.equal(resolveUrl(reference, base), expected, reference)
    assert.equal(resolveUrl('/x', targetOf('http://u:p@a.test/')), 'http://u:p@a.test/x')
    assert.equal(resolveUrl('http://a.test/x', targetOf('http://u:p@a.test/')), 'http://a.test/x')
  })

  it('hide user info in texts that are no targets, too', () => {
    assert.equal(maskedText('ftp://us%20er:p%40w@h/x@y'), 'ftp://****:****@h/x@y')
    assert.equal(maskedText('no url'), 'no url')
  })
})
