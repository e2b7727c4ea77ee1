/** The globals fetch, Request, Response, Headers, FormData, AbortSignal.timeout: the standard's, over the VU's connections. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { echoServer, httpServer, rawServer, reply, runHttp } from './http-support.js'

const ASYNC = { isAsync: true }

describe('fetch', () => {
  it('sends what the standard says, and gives a response with a body to read in every form', async () => {
    await using server = await echoServer()
    const { console, samples } = await runHttp(
      `const r = await fetch(url + '/a?b=1#c', { method: 'post', body: 'text', headers: { 'X-Own': 'v' } })
      log(r instanceof Response, r.status, r.statusText, r.ok, r.url === url + '/a?b=1', r.redirected, r.type, r.headers.get('content-type'))
      const copy = r.clone()
      const seen = await r.json()
      log(seen.method, seen.url, seen.body, seen.headers['x-own'], seen.headers['accept'], seen.headers['content-type'], r.bodyUsed)
      log(copy.url === r.url, (await copy.text()).length > 10)
      log((await (await fetch(new Request(url))).arrayBuffer()).byteLength > 10, (await (await fetch(url)).blob()) instanceof Blob)
      log(http.get(url).status)`,
      server,
      { ...ASYNC, samples: true },
    )
    assert.deepEqual(console, [
      'true 200 OK true true false basic application/json',
      'POST /a?b=1 text v */* text/plain;charset=UTF-8 true',
      'true true',
      'true true',
      '200',
    ])
    // The same connection serves k6/http.
    assert.equal(server.connections.length, 1)
    const reqs = samples.filter(({ metric }) => metric === 'http_reqs')
    assert.equal(reqs.length, 4)
    assert.deepEqual(
      [reqs[0]!.tags['method'], reqs[0]!.tags['status'], reqs[0]!.tags['expected_response']],
      ['POST', '200', 'true'],
    )
  })

  it('sends forms, blobs and bytes; k6/http takes the same FormData', async () => {
    await using server = await echoServer()
    const { console } = await runHttp(
      `const form = new FormData()
      form.append('a', '1'); form.append('f', new Blob(['data'], { type: 'text/x' }), 'n.txt'); form.append('f', new File(['x'], 'own.txt'))
      for (const seen of [await (await fetch(url, { method: 'POST', body: form })).json(), http.post(url, form).json()]) {
        log(seen.headers['content-type'].split(';')[0], seen.body.match(/name="[^"]*"(; filename="[^"]*")?/g).join(' '), seen.body.includes('data'))
      }
      log((await (await fetch(url, { method: 'PUT', body: new URLSearchParams({ q: 'a b' }) })).json()).body)
      log((await (await fetch(url, { method: 'PUT', body: new Uint8Array([104, 105]) })).json()).body)
      const sent = (await (await fetch(url, { method: 'PUT', body: new Blob(['blob'], { type: 'a/b' }) })).json())
      log(sent.body, sent.headers['content-type'], form.get('f').name, form.getAll('f').length, [...form.keys()].join())
      const parsed = await new Response(form).formData()
      log(parsed.get('a'), parsed.get('f').name, await parsed.get('f').text())`,
      server,
      ASYNC,
    )
    const parts = 'multipart/form-data name="a" name="f"; filename="n.txt" name="f"; filename="own.txt" true'
    assert.deepEqual(console, [parts, parts, 'q=a+b', 'hi', 'blob a/b n.txt 2 a,f,f', '1 n.txt data'])
  })

  it('streams: the response is there with its head, and the iteration waits for the body', async () => {
    let first: ServerResponse | undefined
    await using server = await httpServer((request, response) => {
      if (request.url === '/') {
        first = response
        response.write('one')
      } else {
        response.end()
        first?.end('two')
      }
    })
    const { console } = await runHttp(
      `const reader = (await fetch(url)).body.getReader()
      const decoder = new TextDecoder()
      const parts = []
      for (let step = await reader.read(); !step.done; step = await reader.read()) {
        parts.push(decoder.decode(step.value))
        if (parts.length === 1) await fetch(url + '/more')
      }
      log(parts.join('|'))`,
      server,
      ASYNC,
    )
    assert.deepEqual(console, ['one|two'])
  })

  it('decodes compressed bodies', async () => {
    await using server = await rawServer((request) =>
      reply(request.includes('/empty') ? '' : gzipSync('packed '.repeat(9000)), 'Content-Encoding: gzip\r\n'),
    )
    const { console } = await runHttp(
      `log((await (await fetch(url)).text()).length, (await (await fetch(url + '/empty')).text()) === '')`,
      server,
      ASYNC,
    )
    assert.deepEqual(console, ['63000 true'])
  })

  it('keeps method and body at 301 except of POST, and takes no credentials to another host', async () => {
    await using server = await rawServer((request) => {
      const port = /^host: \S+:(\d+)/im.exec(request)![1]
      if (request.includes(' /end ')) return reply('end')
      return reply('', `Location: http://localhost:${port}/end\r\n`, '301 Moved')
    })
    await runHttp(
      `for (const method of ['GET', 'PUT', 'POST']) {
        const body = method === 'GET' ? undefined : 'data'
        await fetch(url + '/go', { method, body, headers: { Authorization: 'secret', Cookie: 'own=1', 'X-Stays': 'y' } })
      }`,
      server,
      ASYNC,
    )
    const ends = server.requests.filter((request) => request.includes(' /end '))
    assert.deepEqual(
      ends.map((request) => [request.split(' ')[0], /^content-type:/im.test(request), request.split('\r\n\r\n')[1]]),
      [
        ['GET', false, ''],
        ['PUT', true, 'data'],
        ['GET', false, ''],
      ],
    )
    for (const request of ends) {
      assert.match(request, /^X-Stays: y\r$/m)
      assert.doesNotMatch(request, /^(authorization|cookie):/im)
    }
  })

  it('follows redirects, or refuses or returns them, as asked', async () => {
    await using server = await rawServer((request) =>
      request.includes(' /go')
        ? reply('', 'Location: /end\r\n', '302 Found')
        : request.includes(' /loop')
          ? reply('', 'Location: /loop\r\n', '302 F')
          : reply(request.split(' ')[0]),
    )
    const { console } = await runHttp(
      `const r = await fetch(url + '/go', { method: 'POST', body: 'x' })
      log(r.url === url + '/end', r.redirected, await r.text())
      log((await fetch(url + '/go', { redirect: 'manual' })).status)
      for (const [path, redirect] of [['/go', 'error'], ['/loop', 'follow']]) {
        await fetch(url + path, { redirect }).catch((e) => log(e.name, e.message, e.cause.message))
      }`,
      server,
      ASYNC,
    )
    assert.deepEqual(console, [
      'true true GET',
      '302',
      'TypeError fetch failed unexpected redirect',
      'TypeError fetch failed redirect count exceeded',
    ])
  })

  it('uses the cookies of the virtual user only when asked to', async () => {
    await using server = await rawServer((request) =>
      reply(/^Cookie: (.*?)\r$/m.exec(request)?.[1] ?? 'none', 'Set-Cookie: s=1\r\n'),
    )
    const { console } = await runHttp(
      `for (const credentials of ['same-origin', 'include', 'include', 'omit']) log(await (await fetch(url, { credentials })).text())
      log(http.get(url).body)`,
      server,
      ASYNC,
    )
    assert.deepEqual(console, ['none', 'none', 's=1', 'none', 's=1'])
  })

  it('a request that met the limit of AbortSignal.timeout() is counted as failed, one that abort() ended is not counted', async () => {
    await using server = await rawServer((request, socket) => {
      if (request.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart')
      return undefined
    })
    const { samples } = await runHttp(
      `const controller = new AbortController()
      setTimeout(() => controller.abort(), 30)
      await fetch(url + '/aborted', { signal: controller.signal }).catch(() => {})
      await fetch(url + '/head', { signal: AbortSignal.timeout(50) }).catch(() => {})
      const r = await fetch(url + '/body', { signal: AbortSignal.timeout(300) })
      await r.text().catch(() => {})`,
      server,
      { ...ASYNC, samples: true },
    )
    const reqs = samples.filter(({ metric }) => metric === 'http_reqs')
    assert.deepEqual(
      reqs.map(
        ({ tags }) => `${new URL(tags['url']!).pathname} ${tags['error_code']} ${tags['error']} ${tags['status']}`,
      ),
      ['/head 1050 request timeout 0', '/body 1050 request timeout 0'],
    )
  })

  it('rejects with the reason of the signal, of a timeout, or with that of the failure', async () => {
    await using server = await rawServer((request, socket) => {
      if (request.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart')
      return undefined
    })
    const { console, exitCode } = await runHttp(
      `const controller = new AbortController()
      setTimeout(() => controller.abort(), 30)
      await fetch(url, { signal: controller.signal }).catch((e) => log(e.name))
      await fetch(url, { signal: AbortSignal.timeout(30) }).catch((e) => log(e.name))
      await fetch(url, { signal: AbortSignal.abort('why') }).catch((e) => log(e))
      const r = await fetch(url + '/body', { signal: AbortSignal.timeout(200) })
      await r.text().catch((e) => log(r.status, e.name))
      await fetch('http://127.0.0.1:1/').catch((e) => log(e.name, e.message, e.cause.code))
      await fetch('/relative').catch((e) => log(e.name))
      await fetch('ftp://h/').catch((e) => log(e.name))
      log(AbortSignal.timeout(10) instanceof AbortSignal)`,
      server,
      ASYNC,
    )
    assert.deepEqual(console, [
      'AbortError',
      'TimeoutError',
      'why',
      '200 TimeoutError',
      'TypeError fetch failed ECONNREFUSED',
      'TypeError',
      'TypeError',
      'true',
    ])
    assert.equal(exitCode, 0)
  })

  for (const coding of ['identity', 'gzip']) {
    it(`a body that is read slowly makes the server wait, and one that is cancelled ends it (${coding})`, async () => {
      const piece = randomBytes(64 * 1024)
      const pieces =
        coding === 'gzip' ? [gzipSync(Buffer.concat(Array<Buffer>(400).fill(piece)))] : Array<Buffer>(400).fill(piece)
      let sent = 0
      let closed = 0
      await using server = await httpServer((request, response) => {
        if (request.url === '/sent') {
          response.end(`${sent} ${closed}`)
          return
        }
        response.writeHead(200, { 'content-encoding': coding })
        response.on('close', () => closed++)
        const bytes = Buffer.concat(pieces)
        let at = 0
        const send = (): void => {
          while (at < bytes.length && !response.destroyed) {
            const part = bytes.subarray(at, at + piece.length)
            at += part.length
            sent += part.length
            if (!response.write(part)) {
              response.once('drain', send)
              return
            }
          }
          response.end()
        }
        send()
      })
      const { console, errors } = await runHttp(
        `const r = await fetch(url)
        let bytes = 0, looked = ''
        for await (const chunk of r.body) {
          if (bytes === 0) { sleep(0.5); looked = await (await fetch(url + '/sent')).text() }
          bytes += chunk.length
        }
        log(looked.split(' ')[0], bytes)
        const cut = await fetch(url)
        for await (const chunk of cut.body) break
        await (await fetch(url)).body.cancel()
        const unread = await fetch(url)
        log(unread.status)`,
        server,
        ASYNC,
      )
      assert.deepEqual(errors, [])
      const [looked, bytes] = console[0]!.split(' ').map(Number)
      assert.equal(bytes, 400 * piece.length)
      // What this side and the kernel keep; all of it is 25 MiB.
      assert.ok(looked! < 15 * 1024 * 1024, String(looked))
      assert.equal(console[1], '200')
      assert.equal(closed, 4)
    })
  }

  it('obeys its signal also while a body that has come is decoded', async () => {
    const body = Buffer.concat(Array(250).fill(gzipSync(Buffer.alloc(1 << 20))))
    await using server = await rawServer(() => reply(body, 'Content-Encoding: gzip\r\n'))
    const { console } = await runHttp(
      `const controller = new AbortController()
      const r = await fetch(url, { signal: controller.signal })
      const reader = r.body.getReader()
      let bytes = 0
      try {
        for (;;) {
          bytes += (await reader.read()).value.byteLength
          if (bytes > 20_000_000) controller.abort('enough')
        }
      } catch (e) { log(e, bytes < 200_000_000) }`,
      server,
      ASYNC,
    )
    assert.deepEqual(console, ['enough true'])
  })

  it('goes on while others of the same virtual user do, side by side', async () => {
    let open = 0
    let most = 0
    await using server = await httpServer((_request, response) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        response.end('ok')
      }, 30)
    })
    const { console } = await runHttp(
      `log((await Promise.all(Array(10).fill(url).map((u) => fetch(u).then((r) => r.text())))).join(''))`,
      server,
      ASYNC,
    )
    assert.deepEqual(console, ['ok'.repeat(10)])
    assert.equal(most, 10)
  })
})
