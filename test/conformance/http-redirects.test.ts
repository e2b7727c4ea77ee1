/** k6/http: redirects (statements HTTP-46 to HTTP-53). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RawServer, rawServer, reply, runHttp } from './http-support.js'

function redirect(to: string, status = '302 Found', more = ''): Buffer {
  return reply('moved', `Location: ${to}\r\n${more}`, status)
}

/** `/<status>` leads to `/end`. */
function redirector(): Promise<RawServer> {
  return rawServer((request) => {
    const [, path = ''] = /^\S+ (\S+)/.exec(request)!
    const [, status] = /^\/(3\d\d)/.exec(path) ?? []
    if (status !== undefined) return redirect('/end', `${status} Somewhere`)
    if (path.startsWith('/loop')) return redirect(`/loop${Number(path.slice(5)) + 1}`)
    return reply('end')
  })
}

describe('k6/http: redirects', () => {
  it('HTTP-46 follows 301, 302, 303 as GET, 307 and 308 as they were, and returns the others', async () => {
    await using server = await redirector()
    const { console } = await runHttp(
      `for (const status of [301, 302, 303, 307, 308, 300, 304, 305, 306]) {
        log(status, http.post(url + '/' + status, 'body', { headers: { 'Content-Type': 'a/b' } }).status)
      }
      log(http.head(url + '/303').request.method)`,
      server,
    )
    assert.deepEqual(console, [
      ...[301, 302, 303, 307, 308].map((status) => `${status} 200`),
      ...[300, 304, 305, 306].map((status) => `${status} ${status}`),
      'HEAD',
    ])
    const ends = server.requests.filter((request) => request.includes(' /end '))
    assert.deepEqual(
      ends.map((request) =>
        `${request.split(' ')[0]} ${/content-type/i.test(request)} ${/content-length/i.test(request)} ${request.split('\r\n\r\n')[1]}`.trim(),
      ),
      [
        'GET false false',
        'GET false false',
        'GET false false',
        'POST true true body',
        'POST true true body',
        'HEAD false false',
      ],
    )
  })

  it('sends nothing more when the time limit ends while a redirect waits for its place under rps', async () => {
    await using server = await redirector()
    const { console, log } = await runHttp(
      `const r = http.get(url + '/302', { timeout: 150 })
      log(r.error_code, r.error, r.timings.duration, r.remote_ip)
      sleep(1)`,
      server,
      { options: { rps: 2 } },
    )
    assert.deepEqual(console, ['1050 request timeout 0 '])
    assert.deepEqual(
      server.requests.map((request) => request.split(' ')[1]),
      ['/302'],
    )
    assert.deepEqual(
      log.filter(({ level }) => level === 'error'),
      [],
    )
  })

  it('HTTP-47 gives the last url and the first request, and sends headers and Referer along', async () => {
    await using server = await redirector()
    const { console } = await runHttp(
      `const r = http.get(url + '/302#old', { headers: { 'X-Own': 'v' } })
      log(r.url.replace(url, ''), r.request.url.replace(url, ''))
      http.get(url + '/302', { headers: { Referer: 'mine' } })`,
      server,
    )
    assert.deepEqual(console, ['/end /302#old'])
    const [, second, , fourth] = server.requests
    assert.match(second!, /^X-Own: v\r$/m)
    assert.match(second!, new RegExp(`^Referer: ${server.url}/302\\r$`, 'm'))
    assert.match(fourth!, /^Referer: mine\r$/m)
  })

  it('HTTP-48 and HTTP-53 drop credentials and cookies of the call at another host name, not at another port', async () => {
    await using other = await rawServer(reply('end').toString())
    await using server = await rawServer((request) => {
      if (request.includes(' /port')) return redirect(`http://127.0.0.1:${other.port}/port`)
      return redirect(`http://other.test:${other.port}/name`)
    })
    await runHttp(
      `for (const path of ['/port', '/name']) {
        http.get(url + path, { headers: { Authorization: 'secret', Cookie: 'own=1', 'X-Stays': 'y' }, cookies: { given: '2' } })
      }`,
      server,
      { options: { hosts: { 'other.test': '127.0.0.1' } } },
    )
    const [port, name] = other.requests as [string, string]
    assert.match(port, /^Authorization: secret\r$/m)
    assert.match(port, /^Cookie: own=1; given=2\r$/m)
    assert.doesNotMatch(name, /^(Authorization|Cookie):/m)
    for (const request of [port, name]) assert.match(request, /^X-Stays: y\r$/m)
  })

  it('HTTP-49 stops where redirects and maxRedirects say, and returns the redirection', async () => {
    await using server = await redirector()
    const body = `
      for (const redirects of [0, 2, '3', -1, undefined]) {
        const r = http.get(url + '/loop0', { redirects })
        log(r.status, r.url.replace(url, ''), r.error === '', r.error_code)
      }`
    const { console, warnings } = await runHttp(body, server)
    assert.deepEqual(console, [
      '302 /loop0 true 0',
      '302 /loop2 true 0',
      '302 /loop3 true 0',
      '302 /loop0 true 0',
      '302 /loop10 true 0',
    ])
    assert.deepEqual(warnings, [
      'Stopped after 10 redirects and returned the redirection; pass { redirects: n } in request params or set global maxRedirects to silence this',
    ])
    const limited = await runHttp(body, server, { options: { maxRedirects: 4 } })
    assert.equal(limited.console.at(-1), '302 /loop4 true 0')
    assert.deepEqual(limited.warnings, [])
  })

  it('HTTP-50 returns a redirection to nowhere, and fails for one that leads where nothing is', async () => {
    await using server = await rawServer((request) => {
      if (request.includes('/none')) return reply('', '', '302 Found')
      if (request.includes('/bad')) return redirect('http://h:port/')
      if (request.includes('/scheme')) return redirect('ftp://h/')
      return redirect('http://127.0.0.1:1/dead')
    })
    const { console, samples } = await runHttp(
      `for (const path of ['/none', '/bad', '/scheme', '/dead']) {
        const r = http.get(url + path)
        log(r.status, r.error_code, r.error, r.url.replace(url, ''))
      }`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, [
      '302 0  /none',
      '0 1000 failed to parse Location header "http://h:port/": parse "http://h:port/": invalid port ":port" after host /bad',
      '0 1000 unsupported protocol scheme "ftp" ftp://h/',
      '0 1212 dial: connection refused http://127.0.0.1:1/dead',
    ])
    const counted = samples.filter(({ metric }) => metric === 'http_reqs').map(({ tags }) => tags['status'])
    assert.deepEqual(counted, ['302', '0', '302', '0', '302', '0'])
  })

  it('HTTP-51 has one timeout for the whole chain', async () => {
    await using server = await rawServer((request, socket) => {
      const next = Number(/\/(\d+) /.exec(request)![1]) + 1
      setTimeout(() => socket.write(redirect(`/${next}`)), 60)
      return undefined
    })
    const { console } = await runHttp(
      `const r = http.get(url + '/1', { timeout: 200 }); log(r.status, r.error_code, r.error)`,
      server,
    )
    assert.deepEqual(console, ['0 1050 request timeout'])
  })

  it('HTTP-52 sends on the cookies of a hop, and shows those of the last response only', async () => {
    await using server = await rawServer((request) =>
      request.includes(' /first')
        ? redirect('/second', '302 Found', 'Set-Cookie: hop=1\r\n')
        : reply('end', 'Set-Cookie: last=2\r\n'),
    )
    const { console } = await runHttp(
      `log(Object.keys(http.get(url + '/first').cookies), Object.keys(http.cookieJar().cookiesForURL(url)))`,
      server,
    )
    assert.deepEqual(console, ['["last"] ["hop","last"]'])
    assert.match(server.requests[1]!, /^Cookie: hop=1\r$/m)
  })
})
