import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runTcpScript, type TcpScriptResult } from '../helpers/tcp-script.js'
import { echoServer, scriptedServer, type TcpServer } from '../helpers/tcp-server.js'

function invalid(message: string): object {
  return { name: 'TCPError', method: 'write', message, text: `TCP error during write: ${message}` }
}

const WRONG_TYPE = invalid('invalid type: String or ArrayBuffer expected')

describe('k6/x/tcp: what write sends', () => {
  let server: TcpServer
  let run: TcpScriptResult

  before(async () => {
    server = await scriptedServer(() => {})
    run = await runTcpScript(
      `
      const s = await open()
      let from = 0
      const marks = []
      const send = async (name, ...args) => {
        const result = await s.write(...args)
        marks.push([name, from, s.bytes_written])
        from = s.bytes_written
        return result
      }
      report('result', await send('text', 'héllo€😀'))
      await send('surrogate', 'a\\ud800b')
      for (const encoding of ['utf8', 'utf-8', 'UTF-8', 'ascii', 'ASCII', '', null, undefined]) {
        await send('text as ' + encoding, 'é', { encoding })
      }
      await send('base64', 'SGVsbG8=', { encoding: 'base64' })
      await send('BASE64', 'SGVs\\r\\nbG8=\\n', { encoding: 'BASE64' })
      await send('base64url padded', '-_-_SGVsbG8=', { encoding: 'base64url' })
      await send('base64url', '-_-_SGVsbG8', { encoding: 'Base64URL' })
      await send('hex', '00fFA5', { encoding: 'hex' })
      const bytes = Uint8Array.from([1, 2, 3, 250, 5])
      await send('binary', bytes.buffer, { encoding: 'nonsense' })
      await send('bytes', bytes, { encoding: 'nonsense' })
      await send('view', bytes.subarray(1, 4))
      await send('clamped', new Uint8ClampedArray(bytes.buffer, 2, 2))
      await send('nullOptions', 'n', null)
      await send('emptyOptions', 'e', {})
      report('marks', marks)
      const before = s.bytes_written
      report('empty', [await s.write(''), await s.write(new ArrayBuffer(0)), s.bytes_written - before])
      s.destroy()
      `,
      { port: server.port, samples: true },
    )
    await (await server.client(0)).gone
  })

  after(() => server[Symbol.asyncDispose]())

  function sent(name: string): string {
    const [, from, to] = run.reported['marks'].find(([mark]: [string]) => mark === name)
    return server.clients[0]!.received.subarray(from, to).toString('hex')
  }

  it('TCP-28 a string is sent as UTF-8, and bytes_written counts its bytes', () => {
    assert.equal(sent('text'), Buffer.from('héllo€😀').toString('hex'))
    assert.deepEqual(run.reported['marks'][0], ['text', 0, 13])
  })

  it('TCP-29 a lone surrogate is sent as the replacement character', () =>
    assert.equal(sent('surrogate'), '61efbfbd62'))

  it('TCP-30 encodings decode as specified, in upper and lower case; ascii is UTF-8', () => {
    for (const encoding of ['utf8', 'utf-8', 'UTF-8', 'ascii', 'ASCII', '', 'null', 'undefined']) {
      assert.equal(sent(`text as ${encoding}`), 'c3a9', encoding)
    }
    assert.equal(sent('base64'), '48656c6c6f')
    assert.equal(sent('hex'), '00ffa5')
  })

  it('TCP-31 base64 may contain line ends', () => assert.equal(sent('BASE64'), '48656c6c6f'))

  it('TCP-32 base64url is accepted with and without padding', () => {
    assert.equal(sent('base64url padded'), 'fbffbf48656c6c6f')
    assert.equal(sent('base64url'), 'fbffbf48656c6c6f')
  })

  it('TCP-35 binary data is sent as it is, whatever the encoding says', () => {
    assert.equal(sent('binary'), '010203fa05')
    assert.equal(sent('bytes'), '010203fa05')
  })

  it('TCP-36 buffers and views are sent byte by byte', () => {
    assert.equal(sent('view'), '0203fa')
    assert.equal(sent('clamped'), '03fa')
  })

  it('options may be null or empty', () => assert.equal(sent('nullOptions') + sent('emptyOptions'), '6e65'))

  it('TCP-39 empty data resolves and counts as a write', () => {
    assert.deepEqual(run.reported['empty'], ['undefined', 'undefined', 0])
    assert.equal(run.tcpCounts['tcp_writes'], run.reported['marks'].length + 2)
  })

  it('TCP-42 write resolves with undefined', () => assert.equal(run.reported['result'], 'undefined'))
})

describe('k6/x/tcp: what write refuses', () => {
  let server: TcpServer
  let run: TcpScriptResult

  before(async () => {
    server = await echoServer()
    run = await runTcpScript(
      `
      const never = new Socket({ tags: { socket: 'never' } })
      const seenByNever = events(never)
      await reportError('never', never.write('x'))
      await reportError('neverEmpty', never.write(''))
      await pause(20)
      report('neverEvents', seenByNever)
      await reportError('neverEncoding', never.write('x', { encoding: 'latin1' }))

      const s = await open({ tags: { socket: 'open' } })
      const heard = []
      s.on('error', (e) => heard.push([e.method, e.message]))
      const refuse = (name, data, encoding) => reportError(name, s.write(data, { encoding }))
      await refuse('noPadding', 'SGVsbG8', 'base64')
      await refuse('blank', 'SGVs bG8=', 'base64')
      await refuse('urlDigits', '-_-_', 'base64')
      await refuse('oneDigit', 'SGVsb', 'base64')
      await refuse('standardDigits', '+/+/', 'base64url')
      await refuse('oddHex', 'abc', 'hex')
      await refuse('badHex', '0z', 'hex')
      await refuse('latin1', 'x', 'latin1')
      await refuse('Binary', 'x', 'Binary')
      await refuse('five', 'x', 5)
      const wrong = [new Int8Array(1), new Int16Array(1), new Uint16Array(1), new Int32Array(1), new Uint32Array(1),
        new Float32Array(1), new Float64Array(1), new DataView(new ArrayBuffer(1)), [1], 5, true, null, undefined, {}, new String('x')]
      for (let i = 0; i < wrong.length; i++) await reportError('wrong' + i, s.write(wrong[i]))
      report('wrongCount', wrong.length)
      await reportError('nothing', s.write())
      await pause(20)
      report('heard', heard)

      const thrown = ['base64', 5, true].map((o) => {
        try { s.write('x', o) } catch (e) { return [e instanceof TypeError, e.message] }
      })
      report('thrown', thrown)
      s.destroy()
      const seenLater = events(s)
      await pause(20)
      await reportError('destroyed', s.write('x'))
      await pause(20)
      report('destroyedEvents', seenLater)
      `,
      { port: server.port, samples: true },
    )
  })

  after(() => server[Symbol.asyncDispose]())

  it('TCP-31 base64 without padding or with other bytes rejects with the place', () => {
    assert.deepEqual(run.reported['noPadding'], invalid('illegal base64 data at input byte 4'))
    assert.deepEqual(run.reported['blank'], invalid('illegal base64 data at input byte 4'))
    assert.deepEqual(run.reported['urlDigits'], invalid('illegal base64 data at input byte 0'))
    assert.match(run.reported['oneDigit'].message, /^illegal base64 data at input byte \d+$/)
  })

  it('TCP-32 base64url rejects the digits of base64', () => {
    assert.deepEqual(run.reported['standardDigits'], invalid('illegal base64 data at input byte 0'))
  })

  it('TCP-33 hex of odd length or with other digits rejects', () => {
    assert.deepEqual(run.reported['oddHex'], invalid('encoding/hex: odd length hex string'))
    assert.deepEqual(run.reported['badHex'], invalid("encoding/hex: invalid byte: U+007A 'z'"))
  })

  it('TCP-34 an unknown encoding rejects, before the state of the connection is looked at', () => {
    for (const name of ['latin1', 'Binary']) {
      assert.deepEqual(run.reported[name], invalid(`unsupported encoding "${name}"`))
    }
    assert.deepEqual(run.reported['five'], invalid('unsupported encoding "5"'))
    assert.deepEqual(run.reported['neverEncoding'], invalid('unsupported encoding "latin1"'))
  })

  it('TCP-37 everything but strings, ArrayBuffers and byte arrays rejects, and so does no data', () => {
    for (let i = 0; i < run.reported['wrongCount']; i++) assert.deepEqual(run.reported[`wrong${i}`], WRONG_TYPE)
    assert.deepEqual(run.reported['nothing'], WRONG_TYPE)
  })

  it('TCP-38 options that are no object throw a TypeError at once', () => {
    assert.equal(run.reported['thrown'].length, 3)
    for (const [isTypeError, message] of run.reported['thrown']) {
      assert.equal(isTypeError, true)
      assert.match(message, /^could not convert function call parameter 1/)
    }
  })

  it('TCP-40 without a connection it rejects with the bare text, without event and metrics', () => {
    const bare = { name: 'TCPError', method: 'write', message: 'no active connection', text: 'no active connection' }
    for (const name of ['never', 'neverEmpty', 'destroyed']) assert.deepEqual(run.reported[name], bare)
    assert.deepEqual(run.reported['neverEvents'], [])
    assert.deepEqual(run.reported['destroyedEvents'], ['close'])
    assert.equal(run.tcpCounts['tcp_writes'], undefined)
  })

  it('TCP-41 what is refused counts as an error and tells the error listener', () => {
    const refused = 10 + run.reported['wrongCount'] + 1
    assert.equal(run.reported['heard'].length, refused)
    assert.deepEqual(run.reported['heard'][0], ['write', 'illegal base64 data at input byte 4'])
    const errors = run.samplesOf('tcp_errors').filter(({ tags }) => tags['socket'] === 'open')
    assert.equal(errors.length, refused)
  })
})

describe('k6/x/tcp: writes under way', () => {
  it('TCP-43 50 writes that nobody awaits arrive in call order', async () => {
    await using server = await scriptedServer(() => {})
    await runTcpScript(
      `
      const s = await open()
      const writes = []
      for (let i = 0; i < 50; i++) writes.push(s.write(i % 2 === 0 ? i + ',' : new TextEncoder().encode(i + ',')))
      await Promise.all(writes)
      s.destroy()`,
      { port: server.port },
    )
    const client = await server.client(0)
    await client.gone
    assert.equal(client.received.toString(), Array.from({ length: 50 }, (_, i) => `${i},`).join(''))
  })

  it('TCP-44 data may be changed right after the call, also while the peer does not read', async () => {
    const size = 8 * 1024 * 1024
    await using server = await scriptedServer(({ socket }) => {
      socket.pause()
      setTimeout(() => socket.resume(), 100)
    })
    await runTcpScript(
      `
      const s = await open()
      const small = new Uint8Array(10).fill(1)
      const large = new Uint8Array(${size}).fill(2)
      const buffer = new Uint8Array(10).fill(3)
      const writes = [s.write(small), s.write(large), s.write(buffer.buffer)]
      small.fill(9)
      large.fill(9)
      buffer.fill(9)
      await Promise.all(writes)
      report('written', s.bytes_written)
      s.destroy()`,
      { port: server.port },
    )
    const client = await server.client(0)
    await client.gone
    const expected = Buffer.concat([Buffer.alloc(10, 1), Buffer.alloc(size, 2), Buffer.alloc(10, 3)])
    assert.ok(client.received.equals(expected))
  })

  it('TCP-45 a write that the peer does not read is pending, and destroy makes it reject', async () => {
    await using server = await scriptedServer(({ socket }) => socket.pause())
    const { reported, tcpCounts } = await runTcpScript(
      `
      const s = await open()
      const heard = events(s)
      let isSettled = false
      const write = s.write(new Uint8Array(64 * 1024 * 1024))
      write.then(() => { isSettled = true }, () => { isSettled = true })
      const second = s.write('more')
      await pause(100)
      report('settled', isSettled)
      report('written', s.bytes_written)
      s.destroy()
      await reportError('rejection', write)
      await reportError('second', second)
      await write.catch((e) => report('form', [e.error(), e instanceof Error]))
      await pause(10)
      report('events', heard)`,
      { port: server.port, samples: true },
    )
    assert.equal(reported['settled'], false)
    assert.equal(reported['written'], 0)
    assert.deepEqual([reported['rejection'].name, reported['rejection'].method], ['TCPError', 'write'])
    assert.match(
      reported['rejection'].message,
      /^failed to write data after [1-9]\d* bytes: write tcp .*->.*: use of closed network connection$/,
    )
    assert.equal(reported['rejection'].text, reported['rejection'].message)
    assert.deepEqual(reported['form'], [reported['rejection'].message, true])
    assert.match(reported['second'].message, /^failed to write data after 0 bytes: .*use of closed network connection$/)
    assert.deepEqual(reported['events'], ['connect', 'close'])
    assert.equal(tcpCounts['tcp_writes'], 2)
    assert.equal(tcpCounts['tcp_partial_writes'], 1)
    assert.equal(tcpCounts['tcp_errors'], undefined)
  })

  it('a write to a peer that has reset the connection rejects with the cause, without an error event of its own', async () => {
    await using server = await scriptedServer(({ socket }) => socket.pause())
    const ending = server.client(0).then(({ socket }) => setTimeout(() => socket.resetAndDestroy(), 50))
    const { reported, tcpCounts } = await runTcpScript(
      `
      const s = await open()
      await reportError('rejection', s.write(new Uint8Array(64 * 1024 * 1024)))`,
      { port: server.port, samples: true },
    )
    await ending
    assert.match(
      reported['rejection'].message,
      /^failed to write data after \d+ bytes: write tcp .*: write: (connection reset by peer|broken pipe)$/,
    )
    assert.equal(tcpCounts['tcp_writes'], 1)
  })
})
