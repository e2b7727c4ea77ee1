/** k6/http: the module, its request functions and their URLs (statements HTTP-01 to HTTP-13). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'
import { echoServer, rawServer, reply, runHttp } from './http-support.js'

// biome-ignore lint/suspicious/noTemplateCurlyInString: how http.url writes the place of a value
const TEMPLATE = '${}/p/${}/x'

/** First lines of what a raw server was sent. */
function lines(requests: readonly string[]): string[] {
  return requests.map((request) => request.split('\r\n', 1)[0]!)
}

describe('k6/http: the module', () => {
  it('HTTP-01 offers its names to default, named and namespace imports alike', async () => {
    const { console, errors } = await runScript(`
      import http, { get, CookieJar } from 'k6/http'
      import * as all from 'k6/http'
      const names = 'get head post put patch del options request asyncRequest batch url file cookieJar CookieJar setResponseCallback expectedStatuses'
      export default function () {
        const required = http
        for (const from of [http, all, required]) console.log(names.split(' ').filter((name) => typeof from[name] !== 'function').join())
        console.log(get === http.get, CookieJar === all.CookieJar, http.nothing, Object.keys(http).length)
        console.log(http.TLS_1_0, http.TLS_1_1, http.TLS_1_2, http.TLS_1_3)
        console.log(http.OCSP_STATUS_GOOD, http.OCSP_STATUS_SERVER_FAILED, http.OCSP_REASON_CA_COMPROMISE, http.OCSP_REASON_AA_COMPROMISE)
      }`)
    assert.deepEqual(errors, [])
    assert.deepEqual(console, [
      '',
      '',
      '',
      'true true undefined 34',
      'tls1.0 tls1.1 tls1.2 tls1.3',
      'good server_failed ca_compromise aa_compromise',
    ])
  })
})

describe('k6/http: methods and params', () => {
  it('HTTP-02 and HTTP-03 send the right method, standard ones in capitals, everywhere', async () => {
    await using server = await rawServer(reply('ok').toString())
    await runHttp(
      `http.get(url); http.head(url); http.post(url); http.put(url); http.patch(url); http.del(url); http.options(url)
      http.request('PURGE', url); http.request('report', url)
      for (const none of [null, undefined, '']) http.request(none, url)
      http.request('post', url); http.request('gEt', url)
      http.batch([['delete', url]]); http.batch([{ method: 'put', url }])
      return http.asyncRequest('patch', url)`,
      server,
    )
    assert.equal(
      lines(server.requests)
        .map((line) => line.split(' ')[0])
        .join(' '),
      'GET HEAD POST PUT PATCH DELETE OPTIONS PURGE report GET GET GET POST GET DELETE PUT PATCH',
    )
  })

  it('HTTP-04 sends a body with any method, and a length without one only where that is expected', async () => {
    await using server = await rawServer(reply('ok').toString())
    await runHttp(
      `http.request('GET', url, 'body'); http.del(url, 'gone')
      http.post(url); http.put(url, null); http.patch(url, undefined); http.del(url); http.options(url); http.request('PURGE', url)
      http.post(url, '')`,
      server,
    )
    const seen = server.requests.map((request) => {
      const [head = '', body] = request.split('\r\n\r\n')
      return `${head.split(' ')[0]} ${/content-length: (\d+)/i.exec(head)?.[1] ?? 'none'} ${body}`.trim()
    })
    assert.deepEqual(seen, [
      'GET 4 body',
      'DELETE 4 gone',
      'POST 0',
      'PUT 0',
      'PATCH 0',
      'DELETE none',
      'OPTIONS none',
      'PURGE none',
      'POST 0',
    ])
  })

  it('HTTP-05 and HTTP-06 ignore params of a wrong type, unknown keys and keys that are undefined', async () => {
    await using server = await echoServer()
    const { console, warnings } = await runHttp(
      `for (const params of [null, undefined, 5, 'text', [1], { unknown: 1 }, { headers: null }, { headers: 'x' }]) {
        log(http.get(url, params).status)
      }
      const none = Object.fromEntries(['headers', 'tags', 'cookies', 'jar', 'timeout', 'redirects', 'auth', 'compression',
        'responseType', 'responseCallback'].map((key) => [key, undefined]))
      const response = http.get(url, none)
      log(response.status, typeof response.body, response.error)`,
      server,
    )
    assert.deepEqual(console, [...Array(8).fill('200'), '200 string '])
    assert.deepEqual(warnings, [])
  })
})

describe('k6/http: URLs', () => {
  it('HTTP-07 and HTTP-09 refuse what is no URL argument, without a sample', async () => {
    await using server = await echoServer()
    const { console, samples } = await runHttp(
      `for (const bad of [undefined, null, 5, ['a'], () => 1, new String(url), { url }]) {
        const r = http.post(bad, 'body')
        log(r.status, r.error_code, r.error.startsWith('invalid URL:'), r.body, r.url === '', r.request.method, JSON.stringify(r.request.url), JSON.stringify(r.headers), JSON.stringify(r.cookies))
      }
      const r = http.request('put', 'http://a b/')
      log(r.body, r.url, r.request.url, r.request.method)`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, [
      ...Array(7).fill('0 1020 true null true POST "" {} {}'),
      'null http://a b/ http://a b/ PUT',
    ])
    assert.equal(samples.filter(({ metric }) => metric === 'http_reqs').length, 0)
  })

  it('HTTP-08 tells URLs that cannot be parsed from those that cannot be fetched', async () => {
    await using server = await echoServer()
    const { console, samples } = await runHttp(
      `const bad = ['127.0.0.1:80/x', 'http://h/%zz', 'http://a b/', 'http://h/\\u0001', 'http://h:abc/', 'http://[::1/']
      for (const u of bad) { const r = http.get(u); log(r.error_code, r.error) }
      for (const u of ['', '/path', 'ftp://h/', 'http://', 'http://127.0.0.1:99999/']) { const r = http.get(u); log(r.error_code, r.error) }`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, [
      '1020 invalid URL: parse "127.0.0.1:80/x": first path segment in URL cannot contain colon',
      '1020 invalid URL: parse "http://h/%zz": invalid URL escape "%zz"',
      '1020 invalid URL: parse "http://a b/": invalid character " " in host name',
      '1020 invalid URL: parse "http://h/\\u0001": net/url: invalid control character in URL',
      '1020 invalid URL: parse "http://h:abc/": invalid port ":abc" after host',
      `1020 invalid URL: parse "http://[::1/": missing ']' in host`,
      '1000 unsupported protocol scheme ""',
      '1000 unsupported protocol scheme ""',
      '1000 unsupported protocol scheme "ftp"',
      '1000 http: no Host in request URL',
      '1210 dial tcp: address 99999: invalid port',
    ])
    const counted = samples.filter(({ metric }) => metric === 'http_reqs')
    assert.deepEqual(
      counted.map(({ tags }) => `${tags['status']} ${tags['error_code']} ${tags['url']}`),
      ['0 1000 ', '0 1000 /path', '0 1000 ftp://h/', '0 1000 http://', '0 1210 http://127.0.0.1:99999/'],
    )
  })

  it('HTTP-10 and HTTP-11 encode only what would break the request line', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { console } = await runHttp(
      `log(http.get(url + '/a b/é?q=a b&é="<>|{}#frag ment').url.replace(url, ''))
      http.get(url + '/x%20y/../%C3%A9;a=(1)')
      http.get(url + '?only=query')`,
      server,
    )
    assert.deepEqual(lines(server.requests), [
      'GET /a%20b/%C3%A9?q=a%20b&%C3%A9="<>|{} HTTP/1.1',
      'GET /x%20y/../%C3%A9;a=(1) HTTP/1.1',
      'GET /?only=query HTTP/1.1',
    ])
    assert.deepEqual(console, ['/a%20b/%C3%A9?q=a b&é="<>|{}#frag ment'])
  })

  it('HTTP-12 http.url groups URLs under the text of their template, unless a tag says a name', async () => {
    await using server = await echoServer()
    const { console, samples } = await runHttp(
      `const id = 7
      const made = http.url\`\${url}/p/\${id}/x\`
      log(made.name, made.url === url + '/p/7/x', made.clean_url === made.url, Object.keys(made).join())
      log(http.get(made).url === made.url)
      http.batch([made, { url: made }, ['GET', made]])
      http.get(made, { tags: { name: 'mine' } })
      log(http.url(['a', 'b'], 1).url, http.url(['plain']).name)
      try { http.url('text') } catch (e) { log(e.name, e.message.startsWith('could not convert function call parameter 0')) }`,
      server,
      { samples: true, init: "const early = http.url(['http://h/', ''], 1)" },
    )
    assert.deepEqual(console, [`${TEMPLATE} true true name,url,clean_url`, 'true', 'a1b plain', 'TypeError true'])
    const tags = samples
      .filter(({ metric }) => metric === 'http_reqs')
      .map(({ tags: { name, url } }) => `${name} ${url}`)
    assert.deepEqual(tags, [...Array(4).fill(`${TEMPLATE} ${TEMPLATE}`), 'mine mine'])
  })

  it('HTTP-13 takes scheme and host in any case, and follows `hosts` with the name kept in Host', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { console } = await runHttp(
      `log(http.get(url.replace('http', 'HTTP')).status)
      log(http.get('http://Named.Test/x').status)
      log(http.get('http://bücher.test/').url)`,
      server,
      {
        options: {
          hosts: { 'named.test': `127.0.0.1:${server.port}`, 'xn--bcher-kva.test': `127.0.0.1:${server.port}` },
        },
      },
    )
    assert.deepEqual(console, ['200', '200', 'http://bücher.test/'])
    assert.match(server.requests[1]!, /^Host: Named\.Test$/im)
    assert.match(server.requests[2]!, /^Host: xn--bcher-kva\.test\r$/im)
  })
})
