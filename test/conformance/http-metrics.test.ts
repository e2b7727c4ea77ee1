/** k6/http: metrics and tags, response callbacks, options and lifecycle (statements HTTP-97 to HTTP-108). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Sample } from '../helpers/run-script.js'
import { echoServer, httpServer, rawServer, reply, runHttp, THROWS } from './http-support.js'

const NAMES = [
  'http_reqs',
  'http_req_duration',
  'http_req_blocked',
  'http_req_connecting',
  'http_req_tls_handshaking',
  'http_req_sending',
  'http_req_waiting',
  'http_req_receiving',
  'http_req_failed',
]

function tagsOf(samples: readonly Sample[], metric = 'http_reqs'): Sample['tags'][] {
  return samples.filter((sample) => sample.metric === metric).map(({ tags }) => tags)
}

function sum(samples: readonly Sample[], metric: string): number {
  return samples.filter((sample) => sample.metric === metric).reduce((total, { value }) => total + value, 0)
}

describe('k6/http: samples', () => {
  it('HTTP-97 nine for each request and hop, with the same tags', async () => {
    await using server = await rawServer((request) =>
      request.startsWith('GET /go') ? reply('', 'Location: /end\r\n', '302 Found') : reply('ok'),
    )
    const { samples } = await runHttp(`http.get(url + '/go'); http.post(url, 5)`, server, { samples: true })
    const own = samples.filter(({ metric }) => metric.startsWith('http_'))
    assert.deepEqual(own.map(({ metric }) => metric).sort(), [...NAMES, ...NAMES].sort())
    for (const hop of ['302', '200']) {
      const tags = own.filter((sample) => sample.tags['status'] === hop).map((sample) => JSON.stringify(sample.tags))
      assert.equal(tags.length, 9)
      assert.equal(new Set(tags).size, 1)
    }
    assert.deepEqual(tagsOf(samples)[1], {
      expected_response: 'true',
      group: '',
      method: 'GET',
      name: `${server.url}/end`,
      proto: 'HTTP/1.1',
      scenario: 'default',
      status: '200',
      url: `${server.url}/end`,
    })
  })

  it('HTTP-98 tags of the VU, of the call and of the request, in this order', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { samples } = await runHttp(
      `exec.vu.metrics.tags.own = 'vu'
      http.get(url, { tags: { own: 'call', number: 5, yes: true, method: 'no', status: 'no', url: 'no', group: 'mine', scenario: 'else', error: 'kept', name: 'named' } })
      http.get(url, { tags: { name: '' } })
      http.get(url)`,
      server,
      { samples: true },
    )
    const [first, second, third] = tagsOf(samples) as [Sample['tags'], Sample['tags'], Sample['tags']]
    assert.deepEqual(first, {
      own: 'call',
      number: '5',
      yes: 'true',
      method: 'GET',
      status: '200',
      url: 'named',
      name: 'named',
      group: 'mine',
      scenario: 'else',
      error: 'kept',
      proto: 'HTTP/1.1',
      expected_response: 'true',
    })
    assert.deepEqual([second['name'], second['url']], ['', ''])
    assert.deepEqual([third['own'], third['name'], third['number']], ['vu', server.url, undefined])
  })

  it('HTTP-99 systemTags add and remove', async () => {
    await using server = await rawServer(reply('ok').toString())
    const { samples } = await runHttp(`http.get(url, { tags: { method: 'mine' } })`, server, {
      options: { systemTags: ['ip', 'ocsp_status', 'vu', 'iter', 'status'] },
      samples: true,
    })
    const sample = samples.find(({ metric }) => metric === 'http_reqs')!
    assert.deepEqual(sample.tags, { ip: '127.0.0.1', status: '200', method: 'mine' })
    assert.deepEqual(sample.metadata, { vu: '1', iter: '0' })
  })

  it('HTTP-100 data_sent and data_received are the bytes on the wire', async () => {
    await using server = await rawServer(reply('0123456789', 'X-A: b\r\n').toString())
    const { samples } = await runHttp(
      `http.get(url + '/a'); http.post(url + '/b', 'body'); http.batch([url, url])`,
      server,
      {
        samples: true,
      },
    )
    assert.equal(sum(samples, 'data_sent'), server.requests.join('').length)
    assert.equal(sum(samples, 'data_received'), 4 * reply('0123456789', 'X-A: b\r\n').length)
  })
})

describe('k6/http: expected statuses', () => {
  it('HTTP-101 and HTTP-102 are those of the call, of the virtual user, or from 200 to 399', async () => {
    await using server = await rawServer((request) => {
      const status = /\/(\d+) /.exec(request)?.[1] ?? '200'
      return reply('', status === '302' ? 'Location: /200\r\n' : '', `${status} X`)
    })
    const { console, samples } = await runHttp(
      `${THROWS}
      const { expectedStatuses } = http
      http.get(url + '/404', { tags: { at: '1' } })
      http.setResponseCallback(expectedStatuses(404, { min: 500, max: 503, extra: 1 }))
      for (const [i, status] of [404, 502, 200].entries()) http.get(url + '/' + status, { tags: { at: 2 + i } })
      http.get(url + '/200', { responseCallback: expectedStatuses(200), tags: { at: '5' } })
      http.get(url + '/200', { responseCallback: null, tags: { at: '6' } })
      http.get(url + '/302', { responseCallback: expectedStatuses(200), tags: { at: '7' } })
      http.get('http://127.0.0.1:1/', { responseCallback: expectedStatuses(0), tags: { at: '8' } })
      log(http.get(url + '/404', { tags: { at: '9' } }).error_code)
      for (const bad of [[], [1.5], ['200'], [true], [{}], [{ min: 1 }], [{ min: 1, max: 'a' }]]) thrown(() => expectedStatuses(...bad))
      try { expectedStatuses(null) } catch (e) { log(e instanceof TypeError) }
      thrown(() => http.setResponseCallback(5))
      log(http.get(url, { responseCallback: 5 }).error)`,
      server,
      { samples: true },
    )
    const failed = samples
      .filter(({ metric }) => metric === 'http_req_failed')
      .map(({ tags, value }) => `${tags['at']} ${tags['status']} ${value} ${tags['expected_response']}`)
    assert.deepEqual(failed, [
      '1 404 1 false',
      '2 404 0 true',
      '3 502 0 true',
      '4 200 1 false',
      '5 200 0 true',
      '7 302 1 false',
      '7 200 0 true',
      '8 0 0 true',
      '9 404 0 true',
    ])
    const without = tagsOf(samples).find((tags) => tags['at'] === '6')!
    assert.equal('expected_response' in without, false)
    const neither = (n: number): string =>
      `GoError|argument number ${n} to expectedStatuses was neither an integer nor an object like {min:100, max:329}`
    assert.deepEqual(console, [
      '1404',
      'GoError|no arguments',
      ...Array(5).fill(neither(1)),
      'GoError|both min and max need to be integers for argument number 1',
      'true',
      'GoError|unsupported argument, expected http.expectedStatuses',
      'unsupported responseCallback',
    ])
  })

  it('HTTP-101 set in the init context they hold for every virtual user, and later ones for good', async () => {
    await using server = await rawServer(reply('', '', '404 X').toString())
    const { samples } = await runHttp(
      `http.get(url)
      if (exec.vu.iterationInInstance === 0) http.setResponseCallback(http.expectedStatuses(200))`,
      server,
      { init: 'http.setResponseCallback(http.expectedStatuses(404))', options: { iterations: 2 }, samples: true },
    )
    const failed = samples.filter(({ metric }) => metric === 'http_req_failed').map(({ value }) => value)
    assert.deepEqual(failed, [0, 1])
  })

  it('HTTP-103 thresholds on metrics and sub-metrics decide the exit code', async () => {
    await using server = await rawServer(reply('', '', '404 X').toString())
    const options = (expression: Record<string, string[]>) => ({ options: { thresholds: expression } })
    const good = await runHttp('http.get(url, { tags: { name: "n" } })', server, {
      ...options({
        http_req_failed: ['rate==1'],
        'http_reqs{status:404}': ['count==1'],
        'http_req_duration{name:n}': ['max<60000'],
        'http_req_duration{expected_response:true}': ['max<1'],
      }),
      flags: ['--summary-mode', 'full'],
    })
    assert.equal(good.exitCode, 0)
    assert.match(good.stdout, /\n {4}HTTP\n(.*\n)*? {4}http_req_failed\.*: 100\.00% 1 out of 1\n/)
    assert.match(good.stdout, /http_req_blocked/)
    const bad = await runHttp('http.get(url)', server, options({ http_req_failed: ['rate<0.5'] }))
    assert.equal(bad.exitCode, 99)
    assert.match(bad.stdout, /\{ expected_response:true \}/)
    assert.doesNotMatch(bad.stdout, /http_req_blocked/)
  })
})

describe('k6/http: life', () => {
  it('HTTP-104 refuses requests in the init context, where helpers work', async () => {
    await using server = await echoServer()
    const { console } = await runHttp('log(early.join("\\n"))', server, {
      init: `
        const early = []
        for (const f of [() => http.get(url), () => http.asyncRequest('GET', url), () => http.batch([url]), () => http.cookieJar()]) {
          try { f() } catch (e) { early.push(e.name + '|' + e.message) }
        }
        new http.CookieJar(); http.url(['a']); http.file('a'); http.expectedStatuses(200)`,
    })
    const init = 'GoError|Making http requests in the init context is not supported'
    assert.deepEqual(console[0]!.split('\n'), [
      init,
      init,
      'GoError|Using batch in the init context is not supported',
      'GoError|Making cookie jars in the init context is not supported',
    ])
    const uncaught = await runHttp('', server, { init: 'http.get(url)' })
    assert.equal(uncaught.exitCode, 107)
  })

  it('HTTP-105 setup and teardown have their group and no scenario', async () => {
    await using server = await echoServer()
    const { samples } = await runHttp('', server, {
      more: 'export function setup() { http.get(url) }\nexport function teardown() { http.get(url) }',
      samples: true,
    })
    assert.deepEqual(
      tagsOf(samples).map(({ group, scenario }) => `${group} ${scenario}`),
      ['::setup undefined', '::teardown undefined'],
    )
  })

  it('HTTP-106 a request cut off by the end of the test leaves its bytes only', async () => {
    await using server = await rawServer(() => undefined)
    const { samples, log } = await runHttp(`log('before'); http.get(url + '/never'); log('after')`, server, {
      options: { scenarios: { s: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } },
      samples: true,
    })
    assert.deepEqual(tagsOf(samples), [])
    assert.deepEqual(
      log.filter(({ msg }) => ['before', 'after', 'Request Failed'].includes(msg)).map(({ msg }) => msg),
      ['before'],
    )
    assert.equal(sum(samples, 'data_sent'), server.requests.join('').length)
  })

  it('HTTP-107 --http-debug logs what is sent and received', async () => {
    await using server = await rawServer((request) =>
      request.includes('/fail') ? undefined : reply('answer', 'X-A: b\r\n').toString(),
    )
    const body = `http.post(url + '/x', 'question'); http.get(url + '/fail', { timeout: 50 })`
    const { log } = await runHttp(body, server, { flags: ['--http-debug'] })
    const lines = log.filter(({ source }) => source === 'http-debug')
    assert.equal(lines.length, 3)
    assert.equal(lines[0]!.msg, `Request:\n${server.requests[0]!.split('\r\n\r\n')[0]}\r\n\r\n\n`)
    assert.equal(lines[1]!.msg, 'Response:\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-A: b\r\n\r\n\n')
    assert.equal(lines[0]!['request_id'], lines[1]!['request_id'])
    assert.match(String(lines[0]!['request_id']), /^[0-9a-f-]{36}$/)
    assert.equal(lines[0]!['scenario'], 'default')
    const full = await runHttp(body, server, { options: { httpDebug: 'full' } })
    const bodies = full.log.filter(({ source }) => source === 'http-debug').map(({ msg }) => msg)
    assert.ok(bodies[0]!.endsWith('\r\n\r\nquestion\n') && bodies[1]!.endsWith('\r\n\r\nanswer\n'))
  })

  it('HTTP-108 large bodies go both ways, chunked too', async () => {
    const large = Buffer.alloc(5_000_000, 'ab')
    await using server = await httpServer((request, response, body) => {
      if (request.url === '/chunked') {
        response.writeProcessing()
        response.write(body.subarray(0, 1000))
        response.addTrailers({ 'X-Trailer': 't' })
        response.end(body.subarray(1000))
      } else response.end(body)
    })
    const { console } = await runHttp(
      `const large = 'ab'.repeat(2500000)
      for (const path of ['/plain', '/chunked']) {
        const r = http.post(url + path, large)
        log(r.status, r.body === large, r.headers['X-Trailer'], r.headers['Transfer-Encoding'])
      }`,
      server,
    )
    assert.ok(large)
    assert.deepEqual(console, ['200 true undefined undefined', '200 true undefined chunked'])
  })
})
