import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer, reset, scriptedServer } from '../helpers/tcp-server.js'

describe('k6/x/tcp: receiving', () => {
  it('TCP-46 data is a Uint8Array that works in the ways scripts use it', async () => {
    await using server = await echoServer()
    const { reported } = await runTcpScript(
      `
      const s = await open()
      const received = new Promise((resolve) => s.on('data', resolve))
      await s.write('hi!')
      const d = await received
      report('kind', [d instanceof Uint8Array, d.constructor === Uint8Array, d.byteLength, d.buffer.byteLength])
      report('uses', [Array.from(new Uint8Array(d)), String.fromCharCode.apply(null, d), String.fromCharCode(...d), d[1], d.length])
      s.destroy()`,
      { port: server.port },
    )
    assert.deepEqual(reported['kind'], [true, true, 3, 3])
    assert.deepEqual(reported['uses'], [[104, 105, 33], 'hi!', 'hi!', 105, 3])
  })

  it('TCP-47 data that was kept is not overwritten by later data', async () => {
    await using server = await echoServer()
    const { reported } = await runTcpScript(
      `
      const s = await open()
      const kept = []
      for (const part of ['aaaa', 'bbbb', 'cccc', 'dddd']) {
        const received = new Promise((resolve) => s.on('data', (d) => { kept.push(d); resolve() }))
        await s.write(part)
        await received
      }
      report('kept', kept.map(text).join())
      s.destroy()`,
      { port: server.port },
    )
    assert.equal(reported['kept'], 'aaaa,bbbb,cccc,dddd')
  })

  it('TCP-48 TCP-51 all data arrives in order, then close, when the peer ends the connection', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 251))
    await using server = await scriptedServer(({ socket }) => socket.end(bytes))
    const { reported, samplesOf } = await runTcpScript(
      `
      const s = new Socket()
      const heard = events(s)
      let at = 0, isRight = true, longest = 0
      s.on('data', (d) => {
        heard.push('data')
        longest = Math.max(longest, d.length)
        for (const byte of d) if (byte !== (at++ * 7) % 251) isRight = false
      })
      const closed = new Promise((resolve) => s.on('close', () => { heard.push('close'); resolve() }))
      await s.connect(PORT, HOST)
      await closed
      report('received', [at, isRight, s.bytes_read, s.ready_state])
      report('longest', longest)
      report('events', heard)
      await reportError('write', s.write('x'))`,
      { port: server.port, samples: true },
    )
    assert.deepEqual(reported['received'], [100_000, true, 100_000, 'destroyed'])
    assert.ok(reported['longest'] <= 65_536, `a chunk of ${reported['longest']} bytes`)
    const chunks = samplesOf('tcp_reads').length
    assert.deepEqual(reported['events'], ['connect', ...Array(chunks).fill('data'), 'close'])
    assert.equal(reported['write'].text, 'no active connection')
  })

  it('TCP-49 TCP-50 bytes are counted without a listener, and a listener set later gets only what comes later', async () => {
    await using server = await scriptedServer(({ socket }) => {
      socket.write('early')
      socket.on('data', () => socket.write('late'))
    })
    const { reported, samplesOf } = await runTcpScript(
      `
      const s = await open()
      while (s.bytes_read < 5) await pause(5)
      const received = new Promise((resolve) => s.on('data', (d) => resolve(text(d))))
      await s.write('go on')
      report('data', await received)
      report('bytes', s.bytes_read)
      s.destroy()`,
      { port: server.port, samples: true },
    )
    assert.equal(reported['data'], 'late')
    assert.equal(reported['bytes'], 9)
    assert.equal(samplesOf('tcp_reads').length, 2)
  })

  it('a listener that is taken away or set to null gets nothing more', async () => {
    await using server = await scriptedServer(({ socket }) => socket.on('data', () => socket.write('x')))
    const { reported } = await runTcpScript(
      `
      const s = await open()
      const heard = []
      const exchange = async (listener) => {
        s.on('data', listener)
        const wanted = s.bytes_read + 1
        await s.write('x')
        while (s.bytes_read < wanted) await pause(2)
        await pause(5)
      }
      await exchange(() => heard.push(1))
      await exchange(null)
      await exchange(() => heard.push(2))
      await exchange(undefined)
      await pause(5)
      report('heard', heard)
      s.destroy()`,
      { port: server.port },
    )
    assert.deepEqual(reported['heard'], [1, 2])
  })

  it('goes on receiving while the script sleeps, and delivers what came right after', async () => {
    await using server = await scriptedServer(({ socket }) => {
      socket.write('one')
      setTimeout(() => socket.end('two'), 50)
    })
    const { reported } = await runTcpScript(
      `
      const s = new Socket()
      let received = ''
      s.on('data', (d) => { received += text(d) })
      const closed = closing(s)
      await s.connect(PORT, HOST)
      sleep(0.3)
      report('asleep', [s.bytes_read, received, s.ready_state])
      await closed
      report('awake', received)`,
      { port: server.port },
    )
    assert.deepEqual(reported['asleep'], [6, '', 'open'])
    assert.equal(reported['awake'], 'onetwo')
  })

  it('TCP-52 a reset fires error with method read, then close', async () => {
    await using server = await scriptedServer(({ socket }) => socket.on('data', () => socket.resetAndDestroy()))
    const { reported, tcpCounts, log } = await runTcpScript(
      `
      const s = await open()
      const heard = events(s)
      s.on('error', (e) => {
        heard.push('error')
        report('error', { name: e.name, method: e.method, message: e.message, text: String(e) })
        report('state', s.ready_state)
      })
      const closed = new Promise((resolve) => s.on('close', () => { heard.push('close'); resolve() }))
      const local = s.local_port
      await s.write('x')
      await closed
      report('local', local)
      report('events', heard)`,
      { port: server.port, samples: true },
    )
    const endpoints = `127.0.0.1:${reported['local']}->127.0.0.1:${server.port}`
    const message = `read tcp ${endpoints}: read: connection reset by peer`
    const text = `TCP error during read: ${message}`
    assert.deepEqual(reported['error'], { name: 'TCPError', method: 'read', message, text })
    assert.equal(reported['state'], 'destroyed')
    assert.deepEqual(reported['events'], ['connect', 'error', 'close'])
    assert.equal(tcpCounts['tcp_errors'], 1)
    assert.equal(tcpCounts['tcp_socket_duration'], 1)
    const line = log.find(({ msg }) => msg === 'Handling TCP error')
    assert.deepEqual(
      [line?.level, line?.['module'], line?.['method'], line?.['error']],
      ['error', 'tcp', 'read', message],
    )
  })

  it('TCP-52 a reset that comes together with the last bytes is an error, too', async () => {
    await using server = await scriptedServer(({ socket }) =>
      socket.on('data', () => {
        socket.write('last words')
        reset(socket)
      }),
    )
    const { reported } = await runTcpScript(
      `
      const s = await open()
      const heard = []
      s.on('data', (d) => heard.push(text(d)))
      s.on('error', (e) => heard.push(e.message.replace(/^.*: read: /, 'read: ')))
      const closed = new Promise((resolve) => s.on('close', () => { heard.push('close'); resolve() }))
      await s.write('x')
      await closed
      report('events', heard)`,
      { port: server.port },
    )
    assert.deepEqual(reported['events'], ['last words', 'read: connection reset by peer', 'close'])
  })

  it('TCP-53 a reset without an error listener only fires close and does not fail the iteration', async () => {
    await using server = await scriptedServer(({ socket }) => socket.on('data', () => socket.resetAndDestroy()))
    const { reported, errors, summary } = await runTcpScript(
      `
      const s = await open()
      const closed = closing(s)
      await s.write('x')
      await closed
      report('end', s.ready_state)`,
      { port: server.port },
    )
    assert.equal(reported['end'], 'destroyed')
    assert.equal(summary.metrics['iterations']?.['count'], 1)
    assert.deepEqual(errors, ['Handling TCP error', 'error in error handler'])
    assert.deepEqual(
      summary.errors.map(({ message, count }) => [message.replace(/: .*: read/, ': read'), count]),
      [['Handling TCP error: read: connection reset by peer', 1]],
    )
  })
})
