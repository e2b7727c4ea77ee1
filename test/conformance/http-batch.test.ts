/** k6/http: batches, promises, and what a blocking call holds up (statements HTTP-79 to HTTP-87). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { echoServer, httpServer, rawServer, reply, runHttp, type TestServer, THROWS } from './http-support.js'

/** Answers when so many requests are there, and counts how many there were at once. */
async function gate(expected: number): Promise<{ server: TestServer; most: () => number }> {
  let waiting: (() => void)[] = []
  let most = 0
  const server = await httpServer((_request, response) => {
    waiting.push(() => response.end('ok'))
    most = Math.max(most, waiting.length)
    // Time for one more, which should not come.
    if (waiting.length === expected) {
      setTimeout(() => {
        for (const answer of waiting) answer()
        waiting = []
      }, 40)
    }
  })
  return { server, most: () => most }
}

describe('k6/http: batch', () => {
  it('HTTP-79 takes every form of entry, and gives back arrays and objects alike, in order', async () => {
    await using server = await echoServer()
    const { console } = await runHttp(
      `const list = http.batch([url + '/1', http.url\`\${url}/2\`, ['POST', url + '/3', 'body', { headers: { x: 'y' } }], { url: url + '/4' }, { method: 'put', url: url + '/5', body: { a: 1 } }])
      log(Array.isArray(list), list.map((r) => { const e = r.json(); return e.method + e.url + e.body }).join(' '), list[2].json('headers.x'))
      const named = http.batch({ z: url + '/z', 2: url + '/2', a: ['GET', url + '/a'] })
      log(Array.isArray(named), Object.keys(named), named.a.json('url'))
      log(http.batch([]), http.batch({}))`,
      server,
    )
    assert.deepEqual(console, ['true GET/1 GET/2 POST/3body GET/4 PUT/5a=1 y', 'false ["2","z","a"] /a', '[] {}'])
  })

  it('HTTP-80 and HTTP-83 runs as many at once as the options let it', async () => {
    for (const [options, expected] of [
      [{ batch: 3 }, 3],
      [{ batchPerHost: 2 }, 2],
      [{}, 6],
      [{ batch: 0, batchPerHost: 0 }, 12],
    ] as const) {
      const { server, most } = await gate(expected)
      await using _server = server
      const { console } = await runHttp(`log(http.batch(Array(12).fill(url)).every((r) => r.status === 200))`, server, {
        options,
      })
      assert.deepEqual(console, ['true'])
      assert.equal(most(), expected)
    }
  })

  it('refuses a negative limit before the test', async () => {
    await using server = await echoServer()
    const { exitCode, errors } = await runHttp('', server, { options: { batch: -1 } })
    assert.equal(exitCode, 104)
    assert.match(errors.join(), /batch can't be negative/)
  })

  it('HTTP-81 and HTTP-82 let an entry that is wrong or fails disturb no other', async () => {
    await using server = await echoServer()
    const { console } = await runHttp(
      `${THROWS}
      const rs = http.batch([url, 'http://127.0.0.1:1/', { method: 'GET' }, ['GET'], 5, ['GET', 'http://a b/'], ['POST', url, 5], url])
      for (const r of rs) log(r.status, r.error_code, r.error.slice(0, 45))
      thrown(() => http.batch()); thrown(() => http.batch(null)); thrown(() => http.batch('text')); thrown(() => http.batch(5))`,
      server,
    )
    assert.deepEqual(
      console.map((line) => line.trim()),
      [
        '200 0',
        '0 1212 dial: connection refused',
        "0 0 batch request 2 doesn't have a url key",
        "0 0 invalid batch request '3': arrays of at least [metho".slice(0, 49),
        "0 0 invalid batch request '4': a text, an array or an o".slice(0, 49),
        '0 1020 invalid URL: parse "http://a b/": invalid cha',
        '0 0 unknown request body type number',
        '200 0',
        'GoError|no argument was provided to http.batch()',
        'GoError|no argument was provided to http.batch()',
        'GoError|invalid http.batch() argument type string',
        'GoError|invalid http.batch() argument type number',
      ],
    )
  })
})

describe('k6/http: asyncRequest', () => {
  it('HTTP-84 gives promises; many run at once, and failures resolve', async () => {
    const { server, most } = await gate(30)
    await using _server = server
    const { console } = await runHttp(
      `const promise = http.asyncRequest('GET', url)
      log(promise instanceof Promise)
      const all = await Promise.all([promise, ...Array(29).fill(0).map(() => http.asyncRequest('GET', url))])
      log(all.every((r) => r.status === 200))
      log((await http.asyncRequest('GET', 'http://127.0.0.1:1/')).error, (await http.asyncRequest('GET', 5)).error_code)`,
      server,
      { isAsync: true },
    )
    assert.deepEqual(console, ['true', 'true', 'dial: connection refused 1020'])
    assert.equal(most(), 30)
  })

  it('HTTP-85 and HTTP-87 the iteration waits for them, and they keep the group of the call', async () => {
    await using server = await echoServer()
    const { console, samples } = await runHttp(
      `group('outer', () => { http.asyncRequest('GET', url).then((r) => log('done', r.status)) })
      log('returned')`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, ['returned', 'done 200'])
    assert.equal(samples.find(({ metric }) => metric === 'http_reqs')!.tags['group'], '::outer')
  })

  it('HTTP-85 an iteration that has failed waits for them, too', async () => {
    await using server = await httpServer((_request, response) => setTimeout(() => response.end('ok'), 80))
    for (const noVUConnectionReuse of [false, true]) {
      const { samples, console } = await runHttp(
        `http.asyncRequest('GET', url).then((r) => log('done', r.status))
        if (exec.vu.iterationInInstance === 0) throw new Error('on purpose')`,
        server,
        { options: { iterations: 2, noVUConnectionReuse }, samples: true },
      )
      assert.equal(samples.filter(({ metric }) => metric === 'http_reqs').length, 2)
      assert.deepEqual(console, ['done 200', 'done 200'])
    }
  })

  it('HTTP-86 a blocking call lets nothing else of the virtual user run', async () => {
    await using server = await rawServer((_request, socket) => {
      setTimeout(() => socket.write(reply('ok')), 100)
      return undefined
    })
    const { console } = await runHttp(
      `const order = []
      setTimeout(() => order.push('timer'), 10)
      Promise.resolve().then(() => order.push('microtask'))
      const pending = http.asyncRequest('GET', url).then(() => order.push('async'))
      await null
      http.get(url)
      order.push('get')
      await pending
      await new Promise((resolve) => setTimeout(resolve, 1))
      log(order.join())`,
      server,
      { isAsync: true },
    )
    assert.match(console[0]!, /^microtask,get,(timer,async|async,timer)$/)
  })
})
