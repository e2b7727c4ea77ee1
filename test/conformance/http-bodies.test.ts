/** k6/http: bodies and headers as they go out (statements HTTP-14 to HTTP-28). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rawServer, reply, runHttp, THROWS } from './http-support.js'

interface Sent {
  readonly head: string
  /** One character per byte. */
  readonly body: string
}

function parse(requests: readonly string[]): Sent[] {
  return requests.map((request) => {
    const end = request.indexOf('\r\n\r\n')
    return { head: request.slice(0, end), body: request.slice(end + 4) }
  })
}

function header({ head }: Sent, name: string): string | undefined {
  return new RegExp(`^${name}: (.*?)\\r?$`, 'm').exec(head)?.[1]
}

describe('k6/http: bodies', () => {
  it('HTTP-14 sends text as UTF-8 and bytes as they are, without a Content-Type', async () => {
    await using server = await rawServer(reply('ok').toString())
    await runHttp(
      `http.post(url, 'é\\ud800')
      const bytes = new Uint8Array([0, 1, 2, 253, 254, 255])
      http.post(url, bytes.buffer); http.post(url, bytes.subarray(2, 4)); http.post(url, new DataView(bytes.buffer, 4))
      http.post(url, new Uint16Array([258]))`,
      server,
    )
    const sent = parse(server.requests)
    assert.deepEqual(
      sent.map(({ body }) => Buffer.from(body, 'latin1').toString('hex')),
      ['c3a9efbfbd', '000102fdfeff', '02fd', 'feff', '0201'],
    )
    for (const request of sent) assert.equal(header(request, 'Content-Type'), undefined)
  })

  it('HTTP-15 refuses numbers, booleans, arrays and what else is no body, without a sample', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { console, samples } = await runHttp(
      `for (const body of [5, true, [1], new Date(), new Map(), new Set(), () => 1]) {
        const r = http.post(url, body)
        log(r.status, r.error_code, r.error.startsWith('unknown request body type'))
      }`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, Array(7).fill('0 0 true'))
    assert.equal(samples.filter(({ metric }) => metric.startsWith('http_')).length, 0)
  })

  it('HTTP-16 and HTTP-17 encode objects as forms, sorted, and respect a Content-Type of the script', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { warnings } = await runHttp(
      `http.post(url, { b: 'x y', 9: 1, 10: 2, a: ['q', 'r', null], n: null, u: undefined, e: [], t: true, f: 1.5, é: "!*()'~" })
      http.post(url, { nested: { a: 1 }, list: [[1]] })
      http.post(url, {})
      http.post(url, { a: 1 }, { headers: { 'content-TYPE': 'text/mine' } })
      http.post(url, 'text', { headers: { 'Content-Type': 'text/plain' } })`,
      server,
    )
    const sent = parse(server.requests)
    assert.deepEqual(
      sent.map(({ body }) => body),
      ['10=2&9=1&a=q&a=r&a=&b=x+y&f=1.5&n=&t=true&u=&%C3%A9=%21%2A%28%29%27~', 'list=&nested=', '', 'a=1', 'text'],
    )
    const form = 'application/x-www-form-urlencoded'
    assert.deepEqual(
      sent.map((request) => header(request, 'Content-Type')),
      [form, form, form, 'text/mine', 'text/plain'],
    )
    assert.equal(warnings.filter((text) => text.startsWith('cannot urlencode a nested')).length, 2)
  })

  it('HTTP-18 http.file has its defaults, is mutable, and works in the init context', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { console } = await runHttp(
      `log(early.data, early.filename, early.content_type)
      const file = http.file('data')
      log(/^\\d{19}$/.test(file.filename), file.content_type, Object.keys(file).join())
      const other = http.file('data', null, undefined)
      log(JSON.stringify([other.filename, other.content_type]), http.file('d', 5, 6).filename === '5')
      file.filename = 'changed'
      log(file.filename)`,
      server,
      { init: "const early = http.file('early', 'name.txt', 'text/x')" },
    )
    assert.deepEqual(console, [
      'early name.txt text/x',
      'true application/octet-stream data,filename,content_type',
      '["",""] true',
      'changed',
    ])
  })

  it('HTTP-19 http.file refuses what is no data, and takes arrays of bytes and views', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { console } = await runHttp(
      `${THROWS}
      for (const bad of [5, {}, null, undefined, [256], ['a']]) thrown(() => http.file(bad))
      for (const good of [[1, 255], new Uint8Array(2), new DataView(new ArrayBuffer(1)), new ArrayBuffer(1), '']) thrown(() => http.file(good))`,
      server,
    )
    assert.deepEqual(
      console.map((line) => line.replace(/type .*,/, 'type T,')),
      [...Array(6).fill('GoError|invalid type T, expected string or ArrayBuffer'), ...Array(5).fill('nothing thrown')],
    )
  })

  it('HTTP-20, HTTP-21 and HTTP-22 send files as multipart, in order, with arrays and awkward names', async () => {
    await using server = await rawServer(reply('ok').toString())
    await runHttp(
      `const file = http.file('data', 'n"\\\\\\r\\né.txt', 'text/x')
      http.post(url, { z: 'text', f: file, n: null, 'a"b\\n': 5, more: [http.file('1', 'one'), 'two'] })
      http.post(url, { f: file }, { headers: { 'Content-Type': 'multipart/form-data; boundary=mine' } })
      http.post(url, { f: file }, { headers: { 'Content-Type': 'text/other' } })`,
      server,
    )
    const [first, second, third] = parse(server.requests) as [Sent, Sent, Sent]
    const boundary = /^multipart\/form-data; boundary=([0-9a-f]{60})$/.exec(header(first, 'Content-Type')!)![1]!
    assert.deepEqual(Buffer.from(first.body, 'latin1').toString().split(`--${boundary}`), [
      '',
      '\r\nContent-Disposition: form-data; name="z"\r\n\r\ntext\r\n',
      '\r\nContent-Disposition: form-data; name="f"; filename="n\\"\\\\%0D%0Aé.txt"\r\nContent-Type: text/x\r\n\r\ndata\r\n',
      '\r\nContent-Disposition: form-data; name="n"\r\n\r\n\r\n',
      '\r\nContent-Disposition: form-data; name="a\\"b%0A"\r\n\r\n5\r\n',
      '\r\nContent-Disposition: form-data; name="more"; filename="one"\r\nContent-Type: application/octet-stream\r\n\r\n1\r\n',
      '\r\nContent-Disposition: form-data; name="more"\r\n\r\ntwo\r\n',
      '--\r\n',
    ])
    const real = /boundary=(.*)$/.exec(header(second, 'Content-Type')!)![1]!
    assert.notEqual(real, 'mine')
    assert.ok(second.body.startsWith(`--${real}\r\n`))
    assert.equal(header(third, 'Content-Type'), 'text/other')
  })
})

describe('k6/http: headers', () => {
  it('HTTP-23 sends exactly Host, User-Agent, a length, and the others sorted by name', async () => {
    await using server = await rawServer(reply('ok').toString())
    await runHttp(
      `http.get(url + '/')
      http.cookieJar().set(url, 'j', '1')
      http.post(url + '/', 'body', { headers: { 'x-z': 1, 'accept': '*/*' } })`,
      server,
      { options: { userAgent: 'agent' } },
    )
    const host = `127.0.0.1:${server.port}`
    assert.deepEqual(server.requests, [
      `GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: agent\r\n\r\n`,
      `POST / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: agent\r\nContent-Length: 4\r\nAccept: */*\r\nCookie: j=1\r\nX-Z: 1\r\n\r\nbody`,
    ])
  })

  it('HTTP-24 makes names canonical and values text; User-Agent and Host can be replaced', async () => {
    await using server = await rawServer(reply('ok').toString())
    await runHttp(
      `http.get(url, { headers: { 'x-lower-case': [1, 2], 'X_UNDER': null, 'ETAG': true, 'user-agent': 'mine', host: 'else.test', utf: 'é' } })
      http.get(url, { headers: { 'User-Agent': '' } })`,
      server,
    )
    const [first, second] = parse(server.requests) as [Sent, Sent]
    assert.deepEqual(Buffer.from(first.head, 'latin1').toString().split('\r\n').slice(1), [
      'Host: else.test',
      'User-Agent: mine',
      'Etag: true',
      'Utf: é',
      'X-Lower-Case: 1,2',
      'X_under: null',
    ])
    assert.equal(header(second, 'User-Agent'), undefined)
  })

  it('HTTP-25 ignores Content-Length and Transfer-Encoding of the script, and warns of a wrong length', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { warnings } = await runHttp(
      `http.post(url, 'body', { headers: { 'Content-Length': '4' } })
      http.post(url, 'body', { headers: { 'content-length': '99', 'Transfer-Encoding': 'chunked' } })`,
      server,
    )
    for (const request of parse(server.requests)) {
      assert.equal(header(request, 'Content-Length'), '4')
      assert.equal(header(request, 'Transfer-Encoding'), undefined)
    }
    assert.deepEqual(warnings, [
      `The specified Content-Length header "99" in the POST request for ${server.url} doesn't match the actual request body length of 4, so it will be ignored!`,
    ])
  })

  it('HTTP-26 fails for names and values that cannot be sent', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { console } = await runHttp(
      `for (const headers of [{ 'a b': '1' }, { '': '1' }, { ok: 'a\\r\\nb: 1' }, { 'x-nul': '\\0' }]) {
        const r = http.get(url, { headers })
        log(r.status, r.error_code, r.error)
      }
      log(http.request('GE T', url).error)`,
      server,
    )
    assert.deepEqual(console, [
      '0 1000 net/http: invalid header field name "a b"',
      '0 1000 net/http: invalid header field name ""',
      '0 1000 net/http: invalid header field value for "Ok"',
      '0 1000 net/http: invalid header field value for "X-Nul"',
      'net/http: invalid method "GE T"',
    ])
    assert.equal(server.requests.length, 0)
  })

  it('HTTP-27 --user-agent sets the header, and an empty one removes it', async () => {
    await using server = await rawServer(reply('ok').toString())
    await runHttp('http.get(url)', server, { flags: ['--user-agent', 'flagged'] })
    await runHttp('http.get(url)', server, { flags: ['--user-agent', ''] })
    await runHttp('http.get(url)', server)
    const agents = parse(server.requests).map((request) => header(request, 'User-Agent'))
    assert.deepEqual(agents.slice(0, 2), ['flagged', undefined])
    assert.match(agents[2]!, /^sockeye\/\d+\.\d+\.\d+/)
  })

  it('HTTP-28 shows in request what was sent', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { console } = await runHttp(
      `http.cookieJar().set(url, 'j', '2')
      let { request } = http.post(url, { a: 1 }, { headers: { x: 'y' }, cookies: { c: 1 } })
      log(request.method, request.url === url, typeof request.body, request.body, request.cookies)
      log(request.headers)
      request = http.post(url, new Uint8Array([104, 105]).buffer).request
      log(request.body, http.get(url).request.body === '')`,
      server,
      { options: { userAgent: 'agent' } },
    )
    assert.deepEqual(console, [
      'POST true string a=1 {"c":[{"name":"c","value":"1","replace":false}],"j":[{"name":"j","value":"2","replace":false}]}',
      '{"User-Agent":["agent"],"Content-Type":["application/x-www-form-urlencoded"],"Cookie":["c=1; j=2"],"X":["y"]}',
      'hi true',
    ])
  })
})
