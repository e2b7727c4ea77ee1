/** k6/http: cookies and authentication (statements HTTP-54 to HTTP-67). */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { rawServer, reply, runHttp, THROWS } from './http-support.js'

function field(request: string | undefined, name: string): string | undefined {
  return new RegExp(`^${name}: (.*?)\\r$`, 'm').exec(request ?? '')?.[1]
}

describe('k6/http: cookies', () => {
  it('HTTP-54 and HTTP-55 send back what was received, by domain, path, expiry and security', async () => {
    const set = [
      'plain=1',
      'deep=1; Path=/deep',
      'gone=1; Max-Age=0',
      'old=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT',
      'safe=1; Secure',
      'foreign=1; Domain=other.test',
      'wide=1; Domain=127.0.0.1',
    ]
    await using second = await rawServer(reply('ok').toString())
    await using server = await rawServer(reply('ok', set.map((line) => `Set-Cookie: ${line}\r\n`).join('')).toString())
    await runHttp(
      `http.get(url + '/'); http.get(url + '/deep/er')
      http.get('http://127.0.0.1:${second.port}/'); http.get('http://named.test:${second.port}/')`,
      server,
      { options: { hosts: { 'named.test': '127.0.0.1' } } },
    )
    assert.equal(field(server.requests[1], 'Cookie'), 'deep=1; plain=1; safe=1; wide=1')
    assert.equal(field(second.requests[0], 'Cookie'), 'plain=1; safe=1; wide=1')
    assert.equal(field(second.requests[1], 'Cookie'), undefined)
  })

  it('HTTP-56 shows eight fields of each received cookie', async () => {
    const set = [
      'a="quoted"; Domain=d.test; Path=/p; HttpOnly; Secure; Max-Age=60; Expires=Wed, 21 Oct 2099 07:28:00 GMT',
      'b=1; Max-Age=-5; Expires=nonsense',
      'b=2',
      'none',
      '=1',
      'bad"name=1',
    ]
    await using server = await rawServer(reply('ok', set.map((line) => `Set-Cookie: ${line}\r\n`).join('')).toString())
    const { console } = await runHttp('log(http.get(url).cookies)', server)
    const none = { domain: '', path: '', http_only: false, secure: false, max_age: 0, expires: 0 }
    assert.deepEqual(JSON.parse(console[0]!), {
      a: [
        {
          name: 'a',
          value: 'quoted',
          domain: 'd.test',
          path: '/p',
          http_only: true,
          secure: true,
          max_age: 60,
          expires: Date.parse('Wed, 21 Oct 2099 07:28:00 GMT'),
        },
      ],
      b: [
        { name: 'b', value: '1', ...none, max_age: -1 },
        { name: 'b', value: '2', ...none },
      ],
    })
  })

  it('HTTP-54 and HTTP-56 cookies may have the names of what every object has', async () => {
    const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty']
    const set = names.map((name) => `Set-Cookie: ${name}=1; Path=/\r\n`).join('')
    await using server = await rawServer(reply('ok', set).toString())
    const { console, exitCode } = await runHttp(
      `const first = http.get(url)
      const second = http.get(url)
      for (const all of [first.cookies, http.cookieJar().cookiesForURL(url), second.request.cookies])
        log(Object.keys(all).sort().join(), Object.values(all).map((list) => list.length).join())`,
      server,
    )
    const line = `${[...names].sort().join()} 1,1,1,1`
    assert.deepEqual(console, [line, line, line])
    assert.equal(field(server.requests[1], 'Cookie'), names.map((name) => `${name}=1`).join('; '))
    assert.equal(exitCode, 0)
  })

  it('HTTP-57 and HTTP-58 jars set, show, delete and clear, and refuse what is no URL', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { console } = await runHttp(
      `${THROWS}
      const jar = http.cookieJar()
      const host = 'http://h.test/a/b'
      log(jar.set(host, 'dir', 1), jar.set(host, 'root', 2, { path: '/' }), jar.set(host, 'foreign', 3, { domain: 'x.test' }))
      jar.set(host, 'dir', 'outer', { path: '/' })
      jar.set(host, 'short', 1, { max_age: -1 }); jar.set(host, 'session', 1, { max_age: 0, unknown: 1 })
      jar.set(host, 'late', 1, { expires: 'Wed, 21 Oct 2099 07:28:00 GMT', path: '/' })
      log(jar.cookiesForURL(host), jar.cookiesForURL('http://h.test/'), jar.cookiesForURL(), jar.cookiesForURL('path'))
      log(jar.delete(host, 'dir'), Object.keys(jar.cookiesForURL(host)), jar.clear(host), jar.cookiesForURL(host))
      log(http.CookieJar() instanceof http.CookieJar, new http.CookieJar() instanceof http.CookieJar)
      for (const f of [(u) => jar.cookiesForURL(u), (u) => jar.set(u, 'a', 1), (u) => jar.delete(u, 'a'), (u) => jar.clear(u)]) thrown(() => f('http://a b/'))
      thrown(() => jar.set(host, 'a', 1, { expires: 'soon' }))`,
      server,
    )
    assert.deepEqual(console.slice(0, 4), [
      'true true true',
      '{"dir":["1","outer"],"session":["1"],"root":["2"],"late":["1"]} {"root":["2"],"dir":["outer"],"late":["1"]} {} {}',
      'undefined ["session","root","late"] undefined {}',
      'true true',
    ])
    assert.deepEqual(
      console.slice(4, 8),
      Array(4).fill('GoError|parse "http://a b/": invalid character " " in host name'),
    )
    assert.match(console[8]!, /^GoError\|unable to parse "expires" date string "soon": /)
  })

  it('HTTP-59 and HTTP-60 join the header, cookies of the call and of the jar, in this order', async () => {
    await using server = await rawServer(reply('ok').toString())
    await runHttp(
      `http.cookieJar().set(url, 'j', 'jar')
      http.get(url, { headers: { Cookie: 'h=1' }, cookies: { p: 5, j: 'own', q: { value: 'r' }, odd: 'a b,"c;é' } })
      http.get(url, { cookies: { j: { value: 'instead', replace: true } } })
      http.get(url)`,
      server,
    )
    assert.deepEqual(
      server.requests.map((request) => field(request, 'Cookie')),
      ['h=1; p=5; j=own; q=r; odd="a b,c"; j=jar', 'j=instead', 'j=jar'],
    )
  })

  it('HTTP-61 a jar of the call takes and gives its own cookies', async () => {
    await using server = await rawServer((_request, _socket, count) => reply('ok', `Set-Cookie: n${count}=1\r\n`))
    await runHttp(
      `const jar = new http.CookieJar()
      http.get(url, { jar }); http.get(url, { jar }); http.get(url, { jar: {} }); http.get(url, { jar: null })`,
      server,
    )
    assert.deepEqual(
      server.requests.map((request) => field(request, 'Cookie')),
      [undefined, 'n1=1', undefined, 'n3=1'],
    )
  })

  it('HTTP-62 empties the jar with each iteration, unless noCookiesReset says otherwise', async () => {
    const script = { options: { iterations: 2 }, more: `export function setup() { http.get(url) }` }
    await using server = await rawServer(reply('ok', 'Set-Cookie: c=1\r\n').toString())
    await runHttp('http.get(url)', server, script)
    await runHttp('http.get(url)', server, { ...script, options: { iterations: 2, noCookiesReset: true } })
    assert.deepEqual(
      server.requests.map((request) => field(request, 'Cookie')),
      [undefined, undefined, undefined, undefined, undefined, 'c=1'],
    )
  })
})

describe('k6/http: authentication', () => {
  it('HTTP-63 and HTTP-67 send user info as Basic, and show it in no tag', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { samples, console } = await runHttp(
      `const at = (user) => url.replace('//', '//' + user + '@')
      log(http.get(at('us%40er:p%3Aw')).url === at('us%40er:p%3Aw'), http.get(at('only'), { auth: 'basic' }).status)
      http.get(at('u:p'), { headers: { authorization: 'mine' } }); http.get(url, { auth: 'basic' })`,
      server,
      { samples: true },
    )
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
    assert.deepEqual(
      server.requests.map((request) => field(request, 'Authorization')),
      [basic('us@er:p:w'), basic('only:'), 'mine', undefined],
    )
    assert.deepEqual(console, ['true 200'])
    const urls = samples
      .filter(({ metric }) => metric === 'http_reqs')
      .map(({ tags }) => `${tags['url']} ${tags['name']}`)
    const masked = server.url.replace('//', '//****:****@')
    assert.deepEqual(urls, [...Array(3).fill(`${masked} ${masked}`), `${server.url} ${server.url}`])
  })

  it('HTTP-64 answers a digest challenge; the first response was expected', async () => {
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
    await using server = await rawServer((request) => {
      const sent = field(request, 'Authorization')
      const challenge =
        'WWW-Authenticate: Digest realm="Protected Area", qop="auth, auth-int", nonce="n1", opaque="o", algorithm=MD5\r\n'
      if (sent === undefined) return reply('', challenge, '401 Unauthorized')
      const part = (name: string): string => new RegExp(`${name}="?([^",]*)"?`).exec(sent)![1]!
      const a2 = md5(`${request.split(' ')[0]}:/x?q=1`)
      const wanted = md5(`${md5('us er:Protected Area:pw')}:n1:00000001:${part('cnonce')}:auth:${a2}`)
      const isGood =
        part(' response') === wanted && part('uri') === '/x?q=1' && part('opaque') === 'o' && part('nc') === '00000001'
      return isGood ? reply('welcome') : reply('', challenge, '401 Unauthorized')
    })
    const { console, samples } = await runHttp(
      `const at = (user) => url.replace('//', '//' + user + '@') + '/x?q=1'
      let r = http.post(at('us%20er:pw'), 'body', { auth: 'digest' })
      log(r.status, r.body, r.url === url + '/x?q=1')
      log(http.get(at('us%20er:wrong'), { auth: 'digest' }).status)`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, ['200 welcome true', '401'])
    assert.deepEqual(
      server.requests.slice(0, 2).map((request) => request.split('\r\n\r\n')[1]),
      ['body', 'body'],
    )
    const seen = samples
      .filter(({ metric }) => metric === 'http_req_failed')
      .map(({ tags, value }) => `${tags['status']} ${value} ${tags['url']!.includes('@')}`)
    assert.deepEqual(seen, ['401 0 false', '200 0 false', '401 0 false', '401 1 false'])
  })

  it('HTTP-65 copes with any challenge, and never sends Basic', async () => {
    const challenges = [
      'Digest realm="a",nonce="n",qop="auth",algorithm=SHA-256-sess',
      'Digest realm=a, nonce=n',
      'Basic realm="x", Digest realm="a", nonce="n", stale, qop=auth-int',
      'Digest realm="a", algorithm=UNKNOWN, nonce="n"',
      'Digest',
      '"""',
    ]
    await using server = await rawServer((request, _socket) => {
      const index = Number(/\/(\d+) /.exec(request)![1])
      if (field(request, 'Authorization') !== undefined) return reply('in')
      return reply('', `WWW-Authenticate: ${challenges[index]}\r\n`, '401 Unauthorized')
    })
    const { console } = await runHttp(
      `for (let i = 0; i < ${challenges.length}; i++) log(http.get(url.replace('//', '//u:p@') + '/' + i, { auth: 'digest' }).status)
      log(http.get(url + '/0', { auth: 'digest' }).status)`,
      server,
    )
    assert.deepEqual(console, ['200', '200', '200', '401', '401', '401', '401'])
    for (const request of server.requests) assert.doesNotMatch(request, /Basic/)
  })

  it('HTTP-66 authenticates with NTLM in three requests on one connection', async () => {
    const info = Buffer.from('0200080044004f004d00310000000000', 'hex')
    const challenge = Buffer.alloc(48 + info.length)
    challenge.write('NTLMSSP\0', 'latin1')
    challenge.writeUInt32LE(2, 8)
    challenge.writeUInt32LE(0x0008_8205, 20)
    challenge.write('01234567', 24, 'latin1')
    challenge.writeUInt16LE(info.length, 40)
    challenge.writeUInt32LE(48, 44)
    info.copy(challenge, 48)
    await using server = await rawServer((request) => {
      const message = Buffer.from(field(request, 'Authorization')?.slice(5) ?? '', 'base64')
      if (message.length === 0) return reply('', 'WWW-Authenticate: NTLM\r\n', '401 Unauthorized')
      if (message.readUInt32LE(8) === 3) return reply(message.toString('utf16le').includes('user') ? 'in' : 'who?')
      return reply('', `WWW-Authenticate: NTLM ${challenge.toString('base64')}\r\n`, '401 Unauthorized')
    })
    const { console, samples } = await runHttp(
      `const r = http.get(url.replace('//', '//DOMAIN%5Cuser:pw@'), { auth: 'ntlm' }); log(r.status, r.body)`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, ['200 in'])
    assert.equal(server.connections.length, 1)
    const seen = samples
      .filter(({ metric }) => metric === 'http_req_failed')
      .map(({ tags, value }) => `${tags['status']} ${value}`)
    assert.deepEqual(seen, ['401 0', '401 0', '200 0'])
  })
})
