/** k6/net/grpc against servers that lie, break off or never end: each is a failed call, never a hang, a crash or a full memory. */
import assert from 'node:assert/strict'
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { runGrpc } from './grpc-support.js'

type OnStream = (stream: ServerHttp2Stream, session: ServerHttp2Session, count: number) => void

interface HostileServer extends AsyncDisposable {
  readonly address: string
  readonly streams: () => number
}

async function http2Server(onStream: OnStream): Promise<HostileServer> {
  const server = createServer()
  let count = 0
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    onStream(stream, stream.session as ServerHttp2Session, ++count)
  })
  server.on('sessionError', () => {})
  return await listening(server, () => count)
}

async function listening(server: Http2Server | Server, streams = (): number => 0): Promise<HostileServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {})
    sockets.add(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    streams,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const HEAD = { ':status': 200, 'content-type': 'application/grpc' }

function message(bytes: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5)
  head[0] = flag
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

/** Answers with a message and trailers. */
function answer(stream: ServerHttp2Stream, messages: readonly Buffer[], trailers: Record<string, string> | null): void {
  stream.respond(HEAD, { waitForTrailers: trailers !== null })
  if (trailers !== null) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  for (const one of messages) stream.write(one)
  stream.end()
}

const OK = { 'grpc-status': '0' }
const CALL = `const r = client.invoke(S + '/Echo', { small: 1 }, { timeout: 20000 }); log(r.status, r.error && r.error.message)`

describe('k6/net/grpc: hostile servers', () => {
  it('answers that are none of gRPC are statuses', async () => {
    const cases: [OnStream, RegExp][] = [
      [
        (s) => s.respond({ ':status': 503 }, { endStream: true }),
        /^14 unexpected HTTP status code received from server: 503/,
      ],
      [
        (s) => {
          s.respond({ ':status': 200, 'content-type': 'text/html' })
          s.end('<html>')
        },
        /^2 unexpected HTTP status code received from server: 200 \(OK\); transport: received unexpected content-type "text\/html"/,
      ],
      [(s) => s.respond({ ':status': 200 }, { endStream: true }), /malformed header: missing HTTP content-type/],
      [(s) => answer(s, [], null), /^13 server closed the stream without sending trailers/],
      [(s) => answer(s, [message(Buffer.from([8, 1]))], null), /^13 server closed the stream without sending trailers/],
      [(s) => answer(s, [], { other: 'x' }), /^2 malformed trailers: missing grpc-status/],
      [(s) => answer(s, [], OK), /^13 cardinality violation: received no response message/],
      [
        (s) => answer(s, [message(Buffer.from([])), message(Buffer.from([]))], OK),
        /^13 cardinality violation: expected <EOF>/,
      ],
      [(s) => answer(s, [message(Buffer.from([8, 1]), 1)], OK), /^13 grpc: compressed flag set with identity/],
      [(s) => answer(s, [message(Buffer.from([8, 1]), 9)], OK), /^13 grpc: received unexpected payload format 9/],
      [(s) => answer(s, [], { 'grpc-status': 'abc' }), /^2 transport: malformed grpc-status: "abc"/],
      [(s) => answer(s, [], { 'grpc-status': '99', 'grpc-message': '%zz%E4' }), /^99 %zz/],
      [(s) => answer(s, [Buffer.from([0, 0, 0, 0, 9, 1])], null), /^13 unexpected EOF/],
      [
        (s) => answer(s, [Buffer.from([0, 0xff, 0xff, 0xff, 0xff])], null),
        /^8 grpc: received message larger than max \(4294967295/,
      ],
      [(s) => s.close(2), /^13 stream terminated by RST_STREAM with error code: INTERNAL_ERROR/],
      [(s) => s.close(8), /^1 stream terminated by RST_STREAM with error code: CANCEL/],
      [(s) => s.close(11), /^8 stream terminated by RST_STREAM with error code: ENHANCE_YOUR_CALM/],
      [(s) => s.close(7), /^14 stream terminated by RST_STREAM with error code: REFUSED_STREAM/],
      [
        (_s, session) => session.goaway(11),
        /^14 closing transport due to: received GOAWAY with code ENHANCE_YOUR_CALM/,
      ],
      [(_s, session) => session.destroy(), /^14 error reading from server/],
    ]
    let next = 0
    await using server = await http2Server((stream, session, count) => {
      // A refused call comes twice.
      const isAgain = cases[next - 1]?.[1].source.includes('REFUSED') === true && refused++ === 0
      const index = isAgain ? next - 1 : next++
      cases[index]![0](stream, session, count)
    })
    let refused = 0
    const { console, errors } = await runGrpc(`for (let i = 0; i < ${cases.length}; i++) { ${CALL} }`, server)
    assert.deepEqual(errors, [])
    for (const [i, [, expected]] of cases.entries()) assert.match(console[i] ?? '', expected)
  })

  it('a message that is no protobuf is status 13, and an error event of a stream', async () => {
    await using server = await http2Server((stream) => answer(stream, [message(Buffer.from([0x0a, 0x7f, 1]))], OK))
    const { console } = await runGrpc(
      `const r = client.invoke(S + '/Echo', {}); log(r.status, r.error.message, r.message)
      const stream = new grpc.Stream(client, S + '/Count')
      stream.on('data', () => log('data'))
      stream.on('error', (e) => log(e.code, e.message))
      stream.on('end', () => log('end'))
      stream.end()`,
      server,
    )
    assert.match(console[0]!, /^13 grpc: failed to unmarshal the received message: .* null$/)
    assert.match(console[1]!, /^13 grpc: failed to unmarshal the received message: /)
    assert.equal(console[2], 'end')
  })

  it('a stream without end is bounded: the server waits for the virtual user', async () => {
    let written = 0
    await using server = await http2Server((stream) => {
      stream.respond(HEAD)
      const one = message(Buffer.alloc(64 * 1024))
      const flood = (): void => {
        if (stream.destroyed) return
        written += one.length
        if (stream.write(one)) setImmediate(flood)
        else stream.once('drain', flood)
      }
      flood()
    })
    const { errors, console } = await runGrpc(
      `const stream = new grpc.Stream(client, S + '/Count')
      stream.on('data', () => {})
      sleep(1.5)
      log('slept')`,
      server,
      { options: { scenarios: { s: { executor: 'shared-iterations', maxDuration: '2s', gracefulStop: '0s' } } } },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['slept'])
    assert.ok(written < 16 * 1024 * 1024, String(written))
  })

  it('a session that the server ends is opened again by the next call', async () => {
    await using server = await http2Server((stream, session, count) => {
      if (count % 2 === 1) session.close()
      answer(stream, [message(Buffer.from([]))], OK)
    })
    const { console, errors } = await runGrpc(`for (let i = 0; i < 6; i++) { ${CALL}; sleep(0.02) }`, server)
    assert.deepEqual(errors, [])
    assert.deepEqual(console, Array(6).fill('0 null'))
  })

  it('a call that the server has refused to look at goes out once more', async () => {
    await using server = await http2Server((stream, _session, count) => {
      if (count === 1) stream.close(7)
      else answer(stream, [message(Buffer.from([]))], OK)
    })
    const { console } = await runGrpc(CALL, server)
    assert.deepEqual(console, ['0 null'])
    assert.equal(server.streams(), 2)
  })

  it('heads and trailers without end fail the call', async () => {
    await using server = await http2Server((stream, _session, count) => {
      const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x-${i}`, 'y']))
      if (count === 1) stream.respond({ ...HEAD, ...many }, { endStream: true })
      else answer(stream, [], many)
    })
    const { console, errors } = await runGrpc(
      `${CALL.replace('const r', 'let r')}; r = client.invoke(S + '/Echo', {}); log(r.status > 0)`,
      server,
    )
    assert.deepEqual(errors, [])
    assert.match(console[0]!, /^(8|13|14) /)
    assert.equal(console[1], 'true')
  })

  it('what is no HTTP/2 fails the connect, and silence is its timeout', async () => {
    await using http1 = await listening(createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    await using closing = await listening(createTcpServer((socket) => socket.destroy()))
    await using silent = await listening(createTcpServer(() => {}))
    const { console, errors } = await runGrpc(
      `for (const [to, timeout] of ${JSON.stringify([
        [http1.address, '30s'],
        [closing.address, '30s'],
        [silent.address, '300ms'],
      ])}) thrown(() => client.connect(to, { plaintext: true, timeout }))
      thrown(() => client.connect(${JSON.stringify(http1.address)}, { timeout: '30s' }))`,
      http1,
      { isUnconnected: true },
    )
    assert.deepEqual(errors, [])
    assert.match(console[0]!, /^connection error: desc = "error reading server preface: /)
    assert.match(console[1]!, /^connection error: desc = "error reading server preface: /)
    assert.match(
      console[2]!,
      /^context deadline exceeded: connection error: desc = "error reading server preface: i\/o timeout"/,
    )
    assert.match(
      console[3]!,
      /^connection error: desc = "transport: authentication handshake failed: tls: first record/,
    )
  })

  it('a server that has gone is an unavailable one, and the run goes on', async () => {
    let isGone = false
    await using server = await http2Server((stream, session) => {
      if (isGone) session.destroy()
      else answer(stream, [message(Buffer.from([]))], OK)
      isGone = true
    })
    const { console, errors } = await runGrpc(`for (let i = 0; i < 3; i++) { ${CALL} }`, server)
    assert.deepEqual(errors, [])
    assert.equal(console[0], '0 null')
    for (const line of console.slice(1)) assert.match(line, /^14 error reading from server/)
  })
})
