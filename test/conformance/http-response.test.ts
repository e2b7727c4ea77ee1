/** k6/http: what a request returns (statements HTTP-29 to HTTP-41, HTML-06). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { echoServer, httpServer, rawServer, reply, runHttp, THROWS } from './http-support.js'

describe('k6/http: a response', () => {
  it('HTTP-29 and HTTP-41 has its fields and functions, and takes more', async () => {
    await using server = await rawServer(reply('hello', 'X-A: b\r\n').toString())
    const { console } = await runHttp(
      `const r = http.get(url + '#part')
      log(Object.keys(r).sort().map((key) => key + ':' + (Array.isArray(r[key]) ? 'array' : r[key] === null ? 'null' : typeof r[key])).join(' '))
      log(r.status, r.status_text, r.proto, r.url === url + '#part', r.body, r.remote_ip, r.remote_port === Number(url.split(':')[2]), r.error === '', r.error_code)
      log(JSON.stringify([r.tls_version, r.tls_cipher_suite, r.ocsp.status, r.cookies]))
      r.mine = 1
      delete r.proto
      log(r.mine, 'proto' in r)`,
      server,
    )
    assert.deepEqual(console, [
      'body:string clickLink:function cookies:object error:string error_code:number headers:object html:function json:function ' +
        'ocsp:object proto:string remote_ip:string remote_port:number request:object status:number status_text:string ' +
        'submitForm:function timings:object tls_cipher_suite:string tls_version:string url:string',
      '200 200 OK HTTP/1.1 true hello 127.0.0.1 true true 0',
      '["","","",{}]',
      '1 false',
    ])
  })

  it('HTTP-30 shows code and reason, and the code alone where there is no reason', async () => {
    const answers = ['299 Some Thing', '200', '200 ', '999 Odd', '404 Not Found']
    await using server = await rawServer((_request, _socket, count) => reply('', '', answers[count - 1]).toString())
    const { console } = await runHttp(
      `for (let i = 0; i < 5; i++) { const r = http.get(url); log(r.status, '[' + r.status_text + ']') }`,
      server,
    )
    assert.deepEqual(console, [
      '299 [299 Some Thing]',
      '200 [200]',
      '200 [200]',
      '999 [999 Odd]',
      '404 [404 Not Found]',
    ])
  })

  it('HTTP-31 joins repeated fields under canonical names, in order of arrival', async () => {
    const fields =
      'x-multi: a\r\nX-MULTI: b\r\netag: "1"\r\nx_under_score: c\r\nx-bytes: \xff\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n'
    await using server = await rawServer(() =>
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${fields}\r\n`, 'latin1'),
    )
    const { console } = await runHttp(`const { headers } = http.get(url); log(headers, headers['x-multi'])`, server)
    assert.deepEqual(console, [
      '{"Content-Length":"0","X-Multi":"a, b","Etag":"\\"1\\"","X_under_score":"c","X-Bytes":"\ufffd","Set-Cookie":"a=1, b=2"} undefined',
    ])
  })

  it('HTTP-32, HTTP-33 and HTTP-34 give bodies as text, bytes or nothing', async () => {
    await using server = await httpServer((request, response) => {
      response.setHeader('Content-Type', 'text/plain; charset=iso-8859-1')
      if (request.url === '/204' || request.url === '/304') response.statusCode = Number(request.url.slice(1))
      response.end(request.url === '/bytes' ? Buffer.from('\xef\xbb\xbfa\xc3\xa9\xff', 'latin1') : undefined)
    })
    const body = `
      const show = (r) => r.body === null ? 'null' : typeof r.body === 'string' ? JSON.stringify(r.body) : r.body.constructor.name + r.body.byteLength
      for (const responseType of ['text', 'binary', 'none', undefined]) {
        log(show(http.get(url + '/bytes', { responseType })), show(http.get(url + '/empty', { responseType })),
          show(http.head(url + '/bytes', { responseType })), show(http.get(url + '/204', { responseType })), show(http.get(url + '/304', { responseType })))
      }`
    const { console } = await runHttp(body, server)
    const text = '"\ufeffaé\ufffd" "" "" null null'
    const binary = 'ArrayBuffer7 ArrayBuffer0 ArrayBuffer0 null null'
    const none = 'null null null null null'
    assert.deepEqual(console, [text, binary, none, text])
    const discarded = await runHttp(body, server, { options: { discardResponseBodies: true } })
    assert.deepEqual(discarded.console, [text, binary, none, none])
  })

  it('HTTP-35 and HTTP-36 time the phases', async () => {
    await using server = await rawServer((request, socket) => {
      const part = (text: string, after: number): void => void setTimeout(() => socket.write(text), after)
      if (request.startsWith('GET /first')) part(reply('late').toString(), 120)
      else {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na')
        part('b', 120)
      }
      return undefined
    })
    const { console } = await runHttp(
      `const first = http.get(url + '/first').timings
      const body = http.get(url + '/body').timings
      log(Object.keys(first).sort().join(), Object.values(first).every((v) => typeof v === 'number' && v >= 0))
      log(Math.abs(first.duration - first.sending - first.waiting - first.receiving) < 1e-6, first.looking_up, first.tls_handshaking)
      log(first.connecting > 0, first.blocked >= first.connecting, body.connecting, body.tls_handshaking)
      log(first.waiting > 100, body.receiving > 100, body.waiting < body.receiving)`,
      server,
    )
    assert.deepEqual(console, [
      'blocked,connecting,duration,looking_up,receiving,sending,tls_handshaking,waiting true',
      'true 0 0',
      'true true 0 0',
      'true true true',
    ])
  })

  it('HTTP-37 has functions that need no this, and is data elsewhere', async () => {
    await using server = await echoServer()
    const { console } = await runHttp(
      `const { json } = http.get(url)
      log(json('method'), Object.keys(JSON.parse(JSON.stringify(http.get(url)))).length)
      log(data.status, typeof data.json, data.headers['Content-Type'])`,
      server,
      { more: 'export function setup() { return http.get(url) }' },
    )
    assert.deepEqual(console, ['GET 16', '200 undefined application/json'])
  })
})

describe('k6/http: json()', () => {
  it('HTTP-38 parses once, in order, and says where a text is wrong', async () => {
    const bodies = [
      '{"b":1,"a":[2],"b":3}',
      '[1,',
      '',
      '{"a":\n  x}',
      '\ufeff1',
      '"a\\q"',
      '[1 2]',
      '{"a" 1}',
      'tru',
      '01',
    ]
    await using server = await rawServer((_request, _socket, count) => reply(bodies[count - 1]).toString('latin1'))
    await using latin = await rawServer((_request, _socket, count) => reply(bodies[count - 1]))
    assert.ok(server)
    const { console } = await runHttp(
      `${THROWS}
      const r = http.get(url)
      log(r.json(), r.json() === r.json())
      for (let i = 1; i < ${bodies.length}; i++) { const { json } = http.get(url); thrown(() => json()); }`,
      latin,
    )
    const at = (line: number, character: number) =>
      `GoError|cannot parse json due to an error at line ${line}, character ${character} , error: `
    assert.equal(console[0], '{"b":3,"a":[2]} true')
    const places = [at(1, 3), at(1, 0), at(2, 3), at(1, 1), at(1, 3), at(1, 4), at(1, 6), at(1, 3), at(1, 2)]
    assert.deepEqual(
      console.slice(1).map((line, i) => line.slice(0, places[i]!.length)),
      places,
    )
  })

  it('HTTP-39 throws for a body that is not there', async () => {
    await using server = await echoServer()
    const { console } = await runHttp(
      `${THROWS}
      const r = http.get(url, { responseType: 'none' })
      thrown(() => r.json()); thrown(() => r.html()); thrown(() => r.submitForm()); thrown(() => r.clickLink())
      log(http.get(url, { responseType: 'binary' }).json('method'), http.get(url, { responseType: 'binary' }).html().text().length > 10)`,
      server,
    )
    const text = (kind: string) =>
      `GoError|the body is null so we can't transform it to ${kind} - this likely was because of a request error getting the response`
    assert.deepEqual(console, [
      text('JSON'),
      text('HTML'),
      text('HTML'),
      text('HTML'),
      'true true'.replace('true', 'GET'),
    ])
  })

  it('HTTP-40 takes paths', async () => {
    const document = {
      name: { first: 'Tom', last: 'Anderson' },
      age: 37,
      children: ['Sara', 'Alex', 'Jack'],
      'fav.movie': 'Deer Hunter',
      friends: [
        { first: 'Dale', last: 'Murphy', age: 44, nets: ['ig', 'fb', 'tw'] },
        { first: 'Roger', last: 'Craig', age: 68, nets: ['fb', 'tw'] },
        { first: 'Jane', last: 'Murphy', age: 47, nets: ['ig', 'tw'] },
        { last: 'Nobody' },
      ],
      yes: true,
      nothing: null,
    }
    const cases: [string, unknown][] = [
      ['name.last', 'Anderson'],
      ['age', 37],
      ['children', document.children],
      ['children.#', 3],
      ['children|#', 3],
      ['children.1', 'Alex'],
      ['children.-1', undefined],
      ['children[0]', undefined],
      ['child*.2', 'Jack'],
      ['c?ildren.0', 'Sara'],
      ['fav\\.movie', 'Deer Hunter'],
      ['friends.#.first', ['Dale', 'Roger', 'Jane']],
      ['friends.1.last', 'Craig'],
      ['friends.#(last=="Murphy").first', 'Dale'],
      ['friends.#(last=="Murphy")#.first', ['Dale', 'Jane']],
      ['friends.#(age>45)#.last', ['Craig', 'Murphy']],
      ['friends.#(age<=44).first', 'Dale'],
      ['friends.#(first%"D*").last', 'Murphy'],
      ['friends.#(first!%"D*").last', 'Craig'],
      ['friends.#(last!="Murphy").first', 'Roger'],
      ['friends.#(nets.#(=="fb"))#.first', ['Dale', 'Roger']],
      ['children.#(=="Alex")', 'Alex'],
      ['children.#(=="None")', undefined],
      ['children.#(=="None")#', []],
      ['friends.#.nets|0', ['ig', 'fb', 'tw']],
      ['friends.#.nets.0', ['ig', 'fb', 'ig']],
      ['children|@reverse', ['Jack', 'Alex', 'Sara']],
      ['children.@reverse.0', 'Jack'],
      ['@this.age', 37],
      ['name.@keys', ['first', 'last']],
      ['name|@values', ['Tom', 'Anderson']],
      ['friends.#.nets|@flatten', ['ig', 'fb', 'tw', 'fb', 'tw', 'ig', 'tw']],
      ['name.@tostr', '{"first":"Tom","last":"Anderson"}'],
      ['@dig:first', ['Tom', 'Dale', 'Roger', 'Jane']],
      ['name|@pretty', document.name],
      ['@valid.age', 37],
      ['[age,name.first]', [37, 'Tom']],
      ['{age,"x":name.first}', { age: 37, x: 'Tom' }],
      [
        'friends.#.{first,age}',
        [{ first: 'Dale', age: 44 }, { first: 'Roger', age: 68 }, { first: 'Jane', age: 47 }, {}],
      ],
      ['!"text"', 'text'],
      ['{age,"kind":!"person"}', { age: 37, kind: 'person' }],
      ['yes', true],
      ['nothing', null],
      ['no.such.thing', undefined],
      ['', undefined],
    ]
    await using server = await rawServer((request) =>
      reply(request.includes('/bad') ? '{"a":' : JSON.stringify(document)).toString(),
    )
    const { console } = await runHttp(
      `const r = http.get(url)
      for (const path of ${JSON.stringify(cases.map(([path]) => path))}) console.log(JSON.stringify(r.json(path)) + '')
      console.log(http.get(url + '/bad').json('a') === undefined)`,
      server,
    )
    assert.deepEqual(console, [...cases.map(([, value]) => `${JSON.stringify(value)}`), 'true'])
  })
})

describe('k6/http: pages', () => {
  it('HTML-06 submits one form by its method and action, and follows links', async () => {
    const page = `<a>no link</a><a href="next?x=1">next</a>
      <form id="get" action="/search?old=1"><input name="q" value="a b"><input name="off" disabled value="1">
        <input type="checkbox" name="box" value="on" checked><input type="submit" name="go" value="Go"><input type="submit" name="other" value="No"></form>
      <form id="post" method="post" action="/save?keep=1"><select name="many" multiple><option selected>1<option selected>2</select><textarea name="t">x</textarea></form>`
    await using server = await httpServer(({ method, url }, response, body) => {
      response.end(url === '/dir/page' ? page : `${method} ${url} ${body}`)
    })
    const { console } = await runHttp(
      `${THROWS}
      const r = http.get(url + '/dir/page')
      log(r.html('form').size(), r.html().find('#post').attr('action'))
      log(r.submitForm().body)
      log(r.submitForm({ formSelector: '#post', fields: { t: ['y', 'z'], extra: 1 } }).body)
      log(r.submitForm(null).body === r.submitForm(undefined).body)
      log(r.clickLink().body, r.clickLink({ selector: 'a:contains("next")', params: { headers: { a: 'b' } } }).status)
      thrown(() => r.submitForm({ formSelector: '#none' }))
      thrown(() => r.clickLink({ selector: '#none' }))
      thrown(() => r.clickLink({ selector: 'a' }))`,
      server,
    )
    const where = `in response '${server.url}/dir/page'`
    assert.deepEqual(console, [
      '2 /save?keep=1',
      'GET /search?box=on&go=Go&q=a+b ',
      'POST /save?keep=1 extra=1&many=1&many=2&t=y&t=z',
      'true',
      'GET /dir/next?x=1  200',
      `GoError|no form found for selector '#none' ${where}`,
      `GoError|no element found for selector '#none' ${where}`,
      `GoError|no valid href attribute value found on element 'a' ${where}`,
    ])
  })
})
