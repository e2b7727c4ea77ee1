import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer, scriptedServer } from '../helpers/tcp-server.js'

describe('k6/x/tcp: lifetime', () => {
  it('TCP-84 a connected socket keeps the iteration running until it is destroyed', async () => {
    await using server = await echoServer()
    const { summary } = await runTcpScript(
      `
      const s = await open()
      s.on('connect', () => setTimeout(() => s.destroy(), 150))`,
      { port: server.port },
    )
    assert.equal(summary.metrics['iterations']?.['count'], 1)
    assert.ok(summary.metrics['iteration_duration']!['min']! >= 150)
  })

  it('TCP-84 TCP-86 a socket that is left open is closed when the iteration is interrupted, without events and samples', async () => {
    await using server = await scriptedServer(() => {})
    const {
      summary,
      tcpCounts,
      console: lines,
    } = await runTcpScript(
      `
      const s = await open()
      s.on('close', () => console.log('close'))
      const write = s.write(new Uint8Array(64 * 1024 * 1024))
      write.then(() => console.log('settled'), () => console.log('settled'))`,
      {
        port: server.port,
        samples: true,
        options: { scenarios: { s: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } },
      },
    )
    assert.equal(summary.metrics['iterations'], undefined)
    assert.equal(tcpCounts['tcp_socket_duration'], undefined)
    assert.ok(!lines.includes('close'))
    await (await server.client(0)).gone
  })

  it('a socket that never connected does not keep the iteration running', async () => {
    const { summary } = await runTcpScript(`
      const s = new Socket()
      s.on('close', () => {})
      await null
      const failed = new Socket()
      await failed.connect(70000, HOST).catch(() => {})`)
    assert.equal(summary.metrics['iterations']?.['count'], 1)
    assert.ok(summary.metrics['iteration_duration']!['max']! < 2000)
  })

  it('an iteration whose promise of a socket event is pending does not end before', async () => {
    await using server = await scriptedServer(({ socket }) => void setTimeout(() => socket.end('x'), 10))
    const { summary, reported } = await runTcpScript(
      `
      const s = new Socket()
      const data = new Promise((resolve) => s.on('data', resolve))
      const closed = closing(s)
      await s.connect(PORT, HOST)
      await data
      await closed
      globalThis.reached = (globalThis.reached ?? 0) + 1
      report('reached', globalThis.reached)`,
      { port: server.port, options: { iterations: 30 } },
    )
    assert.equal(summary.metrics['iterations']?.['count'], 30)
    assert.equal(reported['reached'], 30)
  })

  for (const event of ['connect', 'data', 'timeout', 'close', 'error']) {
    it(`TCP-85 TCP-86 an exception in a ${event} listener fails the iteration, closes its sockets, and the next one runs`, async () => {
      await using server = await echoServer()
      const { errors, summary, tcpCounts, reported } = await runTcpScript(
        `
        if (exec.vu.iterationInInstance === 1) {
          const s = await open()
          s.destroy()
          report('second', true)
          return
        }
        const bystander = await open()
        bystander.on('close', () => console.log('close of the bystander'))
        const s = new Socket()
        s.on('${event}', () => { throw new Error('boom in ${event}') })
        if ('${event}' === 'timeout') s.setTimeout(20)
        await s.connect(PORT, HOST)
        await s.write('hello')
        if ('${event}' === 'close') s.destroy()
        if ('${event}' === 'error') s.write(5).catch(() => {})
        await new Promise(() => {})`,
        { port: server.port, options: { iterations: 2 }, samples: true },
      )
      assert.equal(errors.filter((line) => line.startsWith(`Error: boom in ${event}\n\tat `)).length, 1, errors.join())
      assert.equal(summary.metrics['iterations']?.['count'], 2)
      assert.equal(reported['second'], true)
      assert.equal(tcpCounts['tcp_socket_duration'], event === 'close' ? 2 : 1)
      for (const client of server.clients) assert.match(await client.gone, /^(fin|ECONNRESET)$/)
    })
  }

  it('TCP-87 an async listener that rejects fails the iteration', async () => {
    await using server = await echoServer()
    const { errors, summary, reported } = await runTcpScript(
      `
      if (exec.vu.iterationInInstance === 1) return report('second', true)
      const s = await open()
      s.on('data', async (d) => {
        await null
        throw new Error('late ' + text(d))
      })
      await s.write('boom')`,
      { port: server.port, options: { iterations: 2 } },
    )
    assert.equal(errors.length, 1)
    assert.match(errors[0]!, /^Uncaught \(in promise\) Error: late boom\n\tat /)
    assert.equal(summary.metrics['iterations']?.['count'], 2)
    assert.equal(reported['second'], true)
    assert.match(await server.clients[0]!.gone, /^(fin|ECONNRESET)$/)
  })

  it('a rejected connect that nobody handles fails the iteration with its text', async () => {
    const { errors } = await runTcpScript('new Socket().connect(true)')
    const text = 'invalid type: expected integer or object'
    assert.equal(errors[0], 'Handling TCP error')
    assert.ok(errors[1]?.startsWith(`Uncaught (in promise) TCP error during connect: ${text}`), errors[1])
  })

  it('what is started while a failed iteration winds down does not hold it', async () => {
    await using server = await echoServer()
    const { errors, summary, reported } = await runTcpScript(
      `
      const s = await open()
      let go
      const data = new Promise((resolve) => { go = resolve })
      data.then(async () => {
        report('winding', true)
        setTimeout(() => report('timer', true), 60_000)
        await reportError('connect', new Socket().connect(PORT, HOST))
      })
      s.on('data', () => {
        go()
        throw new Error('boom')
      })
      await s.write('hello')`,
      { port: server.port },
    )
    assert.ok(errors.some((line) => line.includes('boom')))
    assert.equal(reported['winding'], true)
    assert.equal(reported['connect'].message, 'operation was canceled')
    assert.equal(reported['timer'], undefined)
    assert.equal(summary.metrics['iterations']?.['count'], 1)
    assert.ok(summary.metrics['iteration_duration']!['max']! < 5000)
  })

  it('TCP-88 sockets work in setup and teardown, with their groups', async () => {
    await using server = await echoServer()
    const { samplesOf, reported, summary } = await runTcpScript('', {
      port: server.port,
      samples: true,
      outside: `
      const ask = async (question) => {
        const s = await open()
        const answer = new Promise((resolve) => s.on('data', (d) => resolve(text(d))))
        await s.write(question)
        const result = await answer
        s.destroy()
        return result
      }
      export async function setup() { return { answer: await ask('setup') } }
      export async function teardown(data) { report('answers', [data.answer, await ask('teardown')]) }`,
    })
    assert.deepEqual(reported['answers'], ['setup', 'teardown'])
    for (const metric of ['tcp_sockets', 'tcp_reads', 'tcp_writes', 'tcp_socket_duration']) {
      assert.deepEqual(
        samplesOf(metric).map(({ tags }) => tags['group']),
        ['::setup', '::teardown'],
        metric,
      )
    }
    assert.equal(summary.metrics['data_sent']?.['count'], 'setupteardown'.length)
  })

  it('a socket left open in setup makes it time out', async () => {
    await using server = await echoServer()
    const { errors } = await runTcpScript('', {
      port: server.port,
      options: { setupTimeout: '300ms' },
      outside: 'export async function setup() { await open() }',
      exitCode: 100,
    })
    assert.match(errors.join('\n'), /setup\(\) execution timed out/)
    await server.clients[0]!.gone
  })
})
