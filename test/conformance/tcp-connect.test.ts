import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type ReportedError, runTcpScript, type TcpScriptResult } from '../helpers/tcp-script.js'
import { echoServer, refusedPort, type TcpServer } from '../helpers/tcp-server.js'

function rejection(message: string): ReportedError {
  return { name: 'TCPError', method: 'connect', message, text: `TCP error during connect: ${message}` }
}

describe('k6/x/tcp: connect', () => {
  let server: TcpServer
  let run: TcpScriptResult

  before(async () => {
    server = await echoServer()
    run = await runTcpScript(
      `
      const seen = async (name, ...args) => {
        const s = new Socket()
        const result = await s.connect(...args)
        report(name, { result, state: s.ready_state, connected: s.connected, ip: s.remote_ip, port: s.remote_port,
          local: s.local_ip, hasLocalPort: s.local_port > 0 })
        s.destroy()
      }
      await seen('two', PORT, HOST)
      await seen('options', { port: PORT, host: HOST }, 'ignored.invalid')
      await seen('string', String(PORT), HOST)
      await seen('blanks', ' ' + PORT + ' ', HOST)
      await seen('hex', '0x' + PORT.toString(16), HOST)
      await seen('fraction', PORT + '.7', HOST)
      await seen('wrapped', new Number(PORT), HOST)
      await seen('optionsString', { port: ' ' + PORT + ' ', host: HOST })
      class Target { constructor() { this.port = PORT; this.host = HOST } }
      await seen('instance', new Target())
      await seen('hostMissing', PORT)
      await seen('hostNull', PORT, null)
      await seen('hostUndefined', PORT, undefined)
      await seen('optionsHostMissing', { port: PORT })
      await seen('optionsHostEmpty', { port: PORT, host: '' })

      const opening = new Socket()
      const connected = opening.connect(PORT, HOST)
      report('opening', [opening.ready_state, opening.connected, opening.remote_ip])
      await reportError('writeWhileOpening', opening.write('x'))
      await reportError('twice', opening.connect(PORT, HOST))
      await connected

      await reportError('again', opening.connect(PORT, HOST))
      const echoed = new Promise((resolve) => opening.on('data', (d) => resolve(text(d))))
      await opening.write('still here')
      report('stillUsable', await echoed)
      opening.destroy()
      await reportError('afterDestroy', opening.connect(PORT, HOST))

      const hasty = new Socket()
      const seenByHasty = events(hasty)
      const attempt = hasty.connect(PORT, HOST)
      hasty.destroy()
      report('hastyState', hasty.ready_state)
      await reportError('hasty', attempt)
      await pause(50)
      report('hastyEvents', seenByHasty)
      `,
      { port: server.port },
    )
  })

  after(() => server[Symbol.asyncDispose]())

  function assertOpened(name: string): void {
    const { result, ...rest } = run.reported[name]
    assert.equal(result, 'undefined')
    const expected = { state: 'open', connected: true, ip: '127.0.0.1', port: server.port }
    assert.deepEqual(rest, { ...expected, local: '127.0.0.1', hasLocalPort: true })
  }

  it('TCP-07 connect(port, host) resolves; then the socket is open and knows both ends', () => assertOpened('two'))

  it('TCP-08 connect({port, host}) does the same, and a second argument is ignored', () => {
    assertOpened('options')
    assertOpened('instance')
  })

  it('TCP-09 the port may be a numeric string, in both forms', () => {
    for (const name of ['string', 'blanks', 'hex', 'fraction', 'wrapped', 'optionsString']) assertOpened(name)
  })

  it('TCP-10 the host is localhost when missing, null or undefined, and when empty in the options form', () => {
    const names = ['hostMissing', 'hostNull', 'hostUndefined', 'optionsHostMissing', 'optionsHostEmpty']
    for (const name of names) assertOpened(name)
  })

  it('TCP-21 the state is opening until connect settles, and reading it does not block', () => {
    assert.deepEqual(run.reported['opening'], ['opening', false, 'undefined'])
  })

  it('a write before the connection is open rejects, and so does a second connect', () => {
    assert.equal(run.reported['writeWhileOpening'].text, 'no active connection')
    assert.deepEqual(run.reported['twice'], rejection('socket is already connecting'))
  })

  it('TCP-22 connect resolves with undefined', () => assert.equal(run.reported['two'].result, 'undefined'))

  it('TCP-23 connect on an open socket rejects; the connection stays usable', () => {
    assert.deepEqual(run.reported['again'], rejection('socket is already connected'))
    assert.equal(run.reported['stillUsable'], 'still here')
  })

  it('TCP-24 connect after destroy rejects', () => {
    assert.deepEqual(run.reported['afterDestroy'], rejection('socket is destroyed'))
  })

  it('TCP-25 destroy while connecting rejects the promise and fires close once, and never connect', () => {
    assert.equal(run.reported['hastyState'], 'destroyed')
    assert.deepEqual(run.reported['hasty'], rejection('socket destroyed before connection was established'))
    assert.deepEqual(run.reported['hastyEvents'], ['close'])
  })
})

describe('k6/x/tcp: connect that fails', () => {
  let server: TcpServer
  let run: TcpScriptResult
  let refused: number

  before(async () => {
    server = await echoServer()
    refused = await refusedPort()
    run = await runTcpScript(
      `
      const reject = (name, ...args) => reportError(name, new Socket().connect(...args))
      const REFUSED = Number(__ENV.REFUSED)
      await reject('emptyHost', PORT, '')
      await reject('lookup', PORT, 'no-such-host.invalid')
      const invalid = [true, null, undefined, 80.5, NaN, [1], () => {}, 1n, new Date(), new Map()]
      for (let i = 0; i < invalid.length; i++) await reject('invalid' + i, invalid[i], HOST)
      report('invalidCount', invalid.length)
      await reject('nothing')
      await reject('abc', 'abc', HOST)
      await reject('emptyPort', '', HOST)
      await reject('noPort', {host: HOST})
      await reject('high', 70000, HOST)
      await reject('negative', -1, HOST)
      await reject('badTags', {port: PORT, host: HOST, tags: 5})
      await reject('ipv6', REFUSED, '::1')

      const s = new Socket()
      const heard = []
      const closes = []
      s.on('close', () => closes.push('close'))
      const order = []
      s.on('error', (e) => {
        order.push('event')
        heard.push({ name: e.name, method: e.method, message: e.message, text: String(e), state: s.ready_state })
      })
      try {
        await s.connect(REFUSED, HOST)
      } catch (e) {
        order.push('rejection')
        report('refused', { name: e.name, method: e.method, message: e.message, text: String(e) })
        report('forms', [e.error(), \`\${e}\`, JSON.stringify(e), Object.keys(e), e instanceof Error, typeof e.stack])
        report('stateAtRejection', s.ready_state)
      }
      await pause(30)
      report('heard', heard)
      report('order', order)
      report('stateAfter', [s.ready_state, closes.length])
      await s.connect(PORT, HOST)
      report('reconnected', s.ready_state)
      s.destroy()
      await pause(10)
      report('closes', closes.length)
      `,
      { port: server.port, env: { REFUSED: String(refused) } },
    )
  })

  after(() => server[Symbol.asyncDispose]())

  it('TCP-11 an empty host in the two-argument form is looked up, in vain', () => {
    assert.deepEqual(run.reported['emptyHost'], rejection('lookup : no such host'))
    assert.match(run.reported['lookup'].message, /^lookup no-such-host\.invalid.*: /)
  })

  it('TCP-12 a first argument of the wrong type rejects and does not throw', () => {
    for (let i = 0; i < run.reported['invalidCount']; i++) {
      assert.deepEqual(run.reported[`invalid${i}`], rejection('invalid type: expected integer or object'))
    }
  })

  it('TCP-13 connect() rejects the same way', () => {
    assert.deepEqual(run.reported['nothing'], rejection('invalid type: expected integer or object'))
  })

  it('TCP-14 a port that is no number is port 0', () => {
    for (const name of ['abc', 'emptyPort', 'noPort']) {
      assert.deepEqual(run.reported[name], rejection('dial tcp 127.0.0.1:0: connect: connection refused'))
    }
  })

  it('TCP-15 a port out of range rejects', () => {
    assert.deepEqual(run.reported['high'], rejection('dial tcp: address 70000: invalid port'))
    assert.deepEqual(run.reported['negative'], rejection('dial tcp: address -1: invalid port'))
  })

  it('rejects tags that are not an object', () => {
    assert.equal(run.reported['badTags'].method, 'connect')
    assert.match(run.reported['badTags'].message, /^could not convert struct value/)
  })

  it('TCP-16 a refused connection rejects with the address', () => {
    assert.deepEqual(run.reported['refused'], rejection(`dial tcp 127.0.0.1:${refused}: connect: connection refused`))
    // On a machine without IPv6 the address cannot be assigned instead.
    assert.match(run.reported['ipv6'].message, /^dial tcp \[::1\]:\d+: connect: /)
  })

  it('TCP-17 the text of the error names the method; JSON has name, method and message', () => {
    const message = `dial tcp 127.0.0.1:${refused}: connect: connection refused`
    const [error, template, json, keys] = run.reported['forms']
    assert.equal(error, `TCP error during connect: ${message}`)
    assert.equal(template, error)
    assert.equal(json, JSON.stringify({ name: 'TCPError', method: 'connect', message }))
    assert.deepEqual(keys, ['name', 'method', 'message'])
  })

  it('TCP-18 the error is an Error with a stack', () => {
    assert.deepEqual(run.reported['forms'].slice(4), [true, 'string'])
  })

  it('TCP-19 a failure rejects and, after that, tells the error listener once', () => {
    assert.deepEqual(run.reported['heard'], [{ ...run.reported['refused'], state: 'disconnected' }])
    assert.deepEqual(run.reported['order'], ['rejection', 'event'])
  })

  it('TCP-20 after a failure the socket is disconnected, has not fired close, and can connect', () => {
    assert.equal(run.reported['stateAtRejection'], 'disconnected')
    assert.deepEqual(run.reported['stateAfter'], ['disconnected', 0])
    assert.equal(run.reported['reconnected'], 'open')
    assert.equal(run.reported['closes'], 1)
  })
})

describe('k6/x/tcp: connect and the network options', () => {
  it('reports blocked names and addresses, and follows hosts with its port', async () => {
    await using server = await echoServer()
    const { reported } = await runTcpScript(
      `
      await reportError('blocked', new Socket().connect(PORT, 'Bad.Example.test'))
      await reportError('blacklisted', new Socket().connect(PORT, '10.1.2.3'))
      const s = new Socket()
      await s.connect(1, 'mapped.test')
      report('mapped', [s.remote_ip, s.remote_port])
      s.destroy()
      `,
      {
        port: server.port,
        options: {
          blockHostnames: ['*.example.test'],
          blacklistIPs: ['10.0.0.0/8'],
          hosts: { 'mapped.test:1': `127.0.0.1:${server.port}` },
        },
      },
    )
    const blocked = 'hostname (Bad.Example.test) is in a blocked pattern (*.example.test)'
    assert.deepEqual(reported['blocked'], rejection(blocked))
    assert.deepEqual(reported['blacklisted'], rejection('IP (10.1.2.3) is in a blacklisted range (10.0.0.0/8)'))
    assert.deepEqual(reported['mapped'], ['127.0.0.1', server.port])
  })
})
