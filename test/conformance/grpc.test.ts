/** k6/net/grpc against a server of `@grpc/grpc-js` (statements GRPC-01 to GRPC-08). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as grpc from '@grpc/grpc-js'
import { poll } from '../helpers/live-run.js'
import { runScript } from '../helpers/run-script.js'
import { grpcServer, PROTOS, runGrpc } from './grpc-support.js'
import { fixture } from './http-support.js'

const NOWHERE = { address: '127.0.0.1:1' }

describe('k6/net/grpc: what load knows', () => {
  it('GRPC-01 load gives the methods of files and of what they import', async () => {
    const { console, errors } = await runScript(
      `import grpc from 'k6/net/grpc'
      const client = new grpc.Client()
      const methods = client.load(['nowhere', 'protos'], 'testing.proto')
      if (__VU === 0) console.log(JSON.stringify(methods.filter(({ name }) => name === 'Echo' || name === 'Sum')))
      if (__VU === 0) console.log(methods.length, client.load(null, 'protos/common/types.proto').length)
      export default function () {}`,
      { files: PROTOS },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(JSON.parse(console[0]!), [
      {
        package: 'testing.v1',
        service: 'Testing',
        name: 'Echo',
        full_method: '/testing.v1.Testing/Echo',
        is_client_stream: false,
        is_server_stream: false,
      },
      {
        package: 'testing.v1',
        service: 'Testing',
        name: 'Sum',
        full_method: '/testing.v1.Testing/Sum',
        is_client_stream: true,
        is_server_stream: false,
      },
    ])
    assert.equal(console[1], '6 0')
  })

  it('GRPC-01 what cannot be read says which file, and where', async () => {
    const { console } = await runScript(
      `import grpc from 'k6/net/grpc'
      const client = new grpc.Client()
      const thrown = (f) => { try { f(); console.log('nothing') } catch (e) { console.log(e.message) } }
      if (__VU === 0) {
        thrown(() => client.load([], 'missing.proto'))
        thrown(() => client.load([], 'broken.proto'))
        thrown(() => client.load([], 'lost.proto'))
        thrown(() => client.load([], 'untyped.proto'))
        thrown(() => client.loadProtoset('missing.bin'))
        thrown(() => client.loadProtoset('broken.proto'))
        thrown(() => client.connect('127.0.0.1:1'))
        thrown(() => client.invoke('a.B/C', {}))
      }
      export default function () { thrown(() => client.load([], 'broken.proto')) }`,
      {
        files: {
          'broken.proto': 'syntax = "proto3";\nmessage {',
          'lost.proto': 'syntax = "proto3";\nimport "not/there.proto";',
          'untyped.proto': 'syntax = "proto3";\nmessage M { Missing m = 1; }',
        },
      },
    )
    assert.match(console[0]!, /^stat \/.*\/missing\.proto: no such file or directory$/)
    assert.match(console[1]!, /^broken\.proto:2: illegal type name '\{'$/)
    assert.match(console[2]!, /^stat \/.*not\/there\.proto: no such file or directory, which lost\.proto imports$/)
    assert.match(console[3]!, /^the proto files do not fit together: no such Type or Enum 'Missing'/)
    assert.match(console[4]!, /^couldn't open protoset: open \/.*missing\.bin: no such file or directory$/)
    assert.match(console[5]!, /^couldn't unmarshal protoset file broken\.proto: /)
    assert.equal(console[6], 'connecting to a gRPC server in the init context is not supported')
    assert.equal(console[7], 'invoking RPC methods in the init context is not supported')
    assert.equal(console[8], 'load must be called in the init context')
  })

  it('GRPC-01 a set of descriptors is as good as files', async () => {
    await using server = await grpcServer()
    const { protobuf } = await import('../../src/modules/k6-net-grpc/protobuf.js').then(({ packages }) => packages())
    const root = protobuf.Root.fromJSON({
      nested: {
        testing: {
          nested: {
            v1: {
              nested: {
                Text: { fields: { text: { type: 'string', id: 1 } } },
                FailRequest: { fields: { code: { type: 'int32', id: 1 }, message: { type: 'string', id: 2 } } },
                Testing: { methods: { Fail: { requestType: 'FailRequest', responseType: 'Text' } } },
              },
            },
          },
        },
      },
    })
    const { descriptor } = await import('../../src/modules/k6-net-grpc/protobuf.js').then(({ packages }) => packages())
    const set = descriptor.FileDescriptorSet.encode(root.toDescriptor('proto3')).finish()
    const { console, errors } = await runScript(
      `import grpc from 'k6/net/grpc'
      const client = new grpc.Client()
      const methods = client.loadProtoset('set.bin')
      export default function () {
        client.connect(__ENV.ADDRESS, { plaintext: true })
        const { status } = client.invoke(methods[0].full_method, { code: 5, message: 'no' })
        console.log(methods[0].full_method, status)
      }`,
      { files: { 'set.bin': set }, env: { ADDRESS: server.address } },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['/testing.v1.Testing/Fail 5'])
  })
})

describe('k6/net/grpc: connections', () => {
  it('GRPC-02 one connection per client lasts across iterations until close', async () => {
    await using server = await grpcServer()
    const { errors } = await runGrpc(
      `if (client.connect(address, { plaintext: true }) !== true) throw new Error('not true')
      client.invoke(S + '/Echo', {})
      if (exec.vu.iterationInScenario === 1) { client.close(); client.close() }`,
      server,
      { options: { iterations: 3 } },
    )
    assert.deepEqual(errors, [])
    assert.equal(server.calls.length, 3)
    assert.equal(server.connections(), 2)
  })

  it('GRPC-02 TLS by default, with the roots and the certificate of the call', async () => {
    const { createSsl } = grpc.ServerCredentials
    const pair = { private_key: Buffer.from(fixture('server.key')), cert_chain: Buffer.from(fixture('server.pem')) }
    await using server = await grpcServer({ credentials: createSsl(Buffer.from(fixture('ca.pem')), [pair], true) })
    const tls = { cacerts: fixture('ca.pem'), cert: fixture('client.pem'), key: fixture('client.key') }
    const { console, errors } = await runGrpc(
      `client.connect(address.replace('127.0.0.1', 'localhost'), { tls: ${JSON.stringify(tls)} })
      log(client.invoke(S + '/Echo', { someText: 'over TLS' }).message.someText)
      client.close()
      thrown(() => client.connect(address.replace('127.0.0.1', 'localhost')))`,
      server,
      { isUnconnected: true },
    )
    assert.deepEqual(errors, [])
    assert.equal(console[0], 'over TLS')
    assert.match(console[1]!, /^connection error: desc = "transport: authentication handshake failed: .*x509: /)
  })

  it('GRPC-02 the options of the test about TLS count', async () => {
    const { createSsl } = grpc.ServerCredentials
    const pair = { private_key: Buffer.from(fixture('server.key')), cert_chain: Buffer.from(fixture('server.pem')) }
    await using server = await grpcServer({ credentials: createSsl(null, [pair]) })
    const { console, errors } = await runGrpc(`log(client.invoke(S + '/Echo', {}).status)`, server, {
      connect: {},
      options: { insecureSkipTLSVerify: true },
    })
    assert.deepEqual([errors, console], [[], ['0']])
  })

  it('GRPC-02 the rules of the network count: hosts, blocked names and addresses', async () => {
    await using server = await grpcServer()
    const { console } = await runGrpc(
      `client.connect('mapped.example:' + address.split(':')[1], { plaintext: true })
      log(client.invoke(S + '/Echo', {}).status)
      client.close()
      thrown(() => client.connect('blocked.example:1', { plaintext: true }))
      thrown(() => client.connect('10.1.2.3:1', { plaintext: true }))`,
      server,
      {
        isUnconnected: true,
        options: {
          hosts: { 'mapped.example': '127.0.0.1' },
          blockHostnames: ['blocked.example'],
          blacklistIPs: ['10.0.0.0/8'],
        },
      },
    )
    assert.equal(console[0], '0')
    assert.match(
      console[1]!,
      /^connection error: desc = "transport: error while dialing: hostname \(blocked\.example\) is in a blocked/,
    )
    assert.match(
      console[2]!,
      /^connection error: desc = "transport: error while dialing: IP \(10\.1\.2\.3\) is in a blacklisted range/,
    )
    assert.equal(server.calls[0]?.host.startsWith('mapped.example:'), true)
  })

  it('GRPC-02 refused ports and wrong parameters throw', async () => {
    const { console } = await runGrpc(
      `thrown(() => client.connect('127.0.0.1:1', { plaintext: true }))
      thrown(() => client.connect('127.0.0.1', { plaintext: true }))
      thrown(() => client.connect('http://127.0.0.1:1', { plaintext: true }))
      thrown(() => client.connect('127.0.0.1:1', { plain: true }))
      thrown(() => client.connect('127.0.0.1:1', { plaintext: 'x' }))
      thrown(() => client.connect('127.0.0.1:1', { timeout: 'soon' }))
      thrown(() => client.connect('127.0.0.1:1', { maxReceiveSize: -1 }))
      thrown(() => client.connect('127.0.0.1:1', { maxSendSize: '1' }))
      thrown(() => client.connect('127.0.0.1:1', { tls: { cert: 'x', chain: 'y' } }))
      thrown(() => client.connect('127.0.0.1:1', { tls: { cacerts: 'rubbish', cert: 'x', key: 'y' } }))
      thrown(() => client.connect('127.0.0.1:1', { reflectMetadata: 'x' }))
      thrown(() => client.invoke(S + '/Echo', {}))
      thrown(() => client.healthCheck())
      thrown(() => new grpc.Stream(client, S + '/Chat'))`,
      NOWHERE,
      { isUnconnected: true },
    )
    const wrong = 'invalid grpc.connect() parameters: '
    assert.deepEqual(console.slice(0, 9), [
      'connection error: desc = "transport: error while dialing: dial tcp 127.0.0.1:1: connect: connection refused"',
      'connection error: desc = "transport: error while dialing: address 127.0.0.1: host:port is expected, without a scheme"',
      'connection error: desc = "transport: error while dialing: address http://127.0.0.1:1: host:port is expected, without a scheme"',
      `${wrong}unknown connect param: "plain"`,
      `${wrong}invalid plaintext value: '"x"', it needs to be boolean`,
      `${wrong}invalid timeout value: '"soon"', it needs to be a duration such as "10s", or milliseconds`,
      `${wrong}invalid maxReceiveSize value: '-1', it needs to be a positive integer`,
      `${wrong}invalid maxSendSize value: '"1"', it needs to be an integer`,
      `${wrong}invalid tls value: '{"cert":"x","chain":"y"}', expected (optional) keys: cert, key, password, and cacerts`,
    ])
    assert.match(console[9]!, /^invalid grpc\.connect\(\) parameters: invalid tls value: /)
    assert.deepEqual(console.slice(10), [
      `${wrong}invalid reflectMetadata param: must be an object with key-value pairs`,
      'no gRPC connection, you must call connect first',
      'no gRPC connection, you must call connect first',
      "invalid GRPC Stream's client: no gRPC connection, you must call connect first",
    ])
  })

  it('GRPC-02 reflection stands in for files', async () => {
    await using server = await grpcServer({ reflects: true })
    const { console, errors } = await runScript(
      `import grpc from 'k6/net/grpc'
      const client = new grpc.Client()
      export const options = { vus: 3, iterations: 3 }
      export default function () {
        client.connect(__ENV.ADDRESS, { plaintext: true, reflect: true, reflectMetadata: { 'x-key': 'k' } })
        const r = client.invoke('testing.v1.Testing/Echo', { some_text: 'x', point: { x: 1 }, at: '2020-01-02T03:04:05Z' })
        console.log(JSON.stringify([r.message.someText, r.message.point, r.message.at, r.message.color]))
      }`,
      { env: { ADDRESS: server.address } },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, Array(3).fill('["x",{"x":1,"y":0},"2020-01-02T03:04:05Z","NONE"]'))
  })

  it('GRPC-02 a server without reflection is told of', async () => {
    await using server = await grpcServer()
    const { console } = await runGrpc(
      `thrown(() => client.connect(address, { plaintext: true, reflect: true }))
      thrown(() => client.invoke(S + '/Echo', {}))`,
      server,
      { isUnconnected: true },
    )
    assert.match(console[0]!, /^can't list services: rpc error: code = Unimplemented desc = /)
    assert.equal(console[1], 'no gRPC connection, you must call connect first')
  })
})

describe('k6/net/grpc: invoke', () => {
  it('GRPC-03 maps JSON to messages and back', async () => {
    await using server = await grpcServer()
    const { console, errors } = await runGrpc(
      `const r = client.invoke('/' + S + '/Echo', {
        some_text: 'ä', small: -1, large: '9007199254740993', huge: '18446744073709551615', real: 'NaN', flag: true, data: 'AQI=',
        color: 2, numbers: [1, '2'], points: { a: { x: 1 } }, right: 0, at: new Date(0), lasting: '1.5s',
        extra: { a: [1, null, { b: true }] }, wrapped: 'w', path: [{ y: 2 }],
        any: { '@type': 'type.googleapis.com/common.Point', x: 7 },
      })
      log(r.error); log(r.message)
      log(client.invoke(S + '/Echo', { left: '', maybe: '', color: 'RED' }).message)`,
      server,
    )
    assert.deepEqual(errors, [])
    assert.equal(console[0], 'null')
    assert.deepEqual(JSON.parse(console[1]!), {
      someText: 'ä',
      small: -1,
      large: '9007199254740993',
      huge: '18446744073709551615',
      real: 'NaN',
      flag: true,
      data: 'AQI=',
      color: 'DARK_BLUE',
      numbers: ['1', '2'],
      points: { a: { x: 1, y: 0 } },
      right: 0,
      point: null,
      at: '1970-01-01T00:00:00Z',
      lasting: '1.500s',
      extra: { a: [1, null, { b: true }] },
      wrapped: 'w',
      any: { '@type': 'type.googleapis.com/common.Point', x: 7, y: 0 },
      path: [{ x: 0, y: 2 }],
    })
    assert.deepEqual(JSON.parse(console[2]!), {
      someText: '',
      small: 0,
      large: '0',
      huge: '0',
      real: 0,
      flag: false,
      data: '',
      color: 'RED',
      numbers: [],
      points: {},
      left: '',
      maybe: '',
      point: null,
      at: null,
      lasting: null,
      extra: null,
      wrapped: null,
      any: null,
      path: [],
    })
  })

  it('GRPC-03 metadata both ways, authority, discarded messages', async () => {
    await using server = await grpcServer()
    const { console, errors } = await runGrpc(
      `const r = client.invoke(S + '/Echo', {}, {
        metadata: { 'X-Echo': 'a, b', 'x-echo-bin': new Uint8Array([1, 2, 255]) }, authority: 'other.example', timeout: '7s',
      })
      log(r.headers['x-echo'], r.headers['content-type'], r.headers['x-echo-bin'][0].charCodeAt(2), r.trailers)
      const d = client.invoke(S + '/Echo', { someText: 'x' }, { discardResponseMessage: true })
      log(d.status, d.message, d.error)`,
      server,
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['["a, b"] ["application/grpc+proto"] 255 {"x-trailer":["end"]}', '0 null null'])
    const [first] = server.calls
    assert.equal(first?.host, 'other.example')
    assert.match(String(first?.metadata.get('user-agent')[0]), /^(sockeye|k6)\//)
  })

  it('GRPC-03 what cannot be sent throws', async () => {
    await using server = await grpcServer()
    const { console } = await runGrpc(
      `const go = (...args) => thrown(() => client.invoke(...args))
      go(''); go(S + '/Missing', {}); go(S + '/Echo'); go(S + '/Echo', null)
      go(S + '/Echo', { nope: 1 }); go(S + '/Echo', { small: 'x' }); go(S + '/Echo', { color: 'PINK' })
      go(S + '/Echo', { left: 'a', right: 1 }); go(S + '/Echo', 'text')
      const p = (params) => go(S + '/Echo', {}, params)
      p({ tag: 1 }); p({ metadata: { a: 1 } }); p({ metadata: { 'a-bin': 'x' } }); p({ metadata: 'x' })
      p({ tags: { a: {} } }); p({ timeout: 'never' })`,
      server,
    )
    assert.deepEqual(console.slice(0, 4), [
      'method to invoke cannot be empty',
      'method "/testing.v1.Testing/Missing" not found in file descriptors',
      'request cannot be nil',
      'request cannot be nil',
    ])
    for (const [i, field] of ['nope', 'small', 'PINK', 'choice', 'Everything'].entries()) {
      assert.match(console[4 + i]!, /^unable to serialise request object to protocol buffer: /)
      assert.ok(console[4 + i]!.includes(field), console[4 + i])
    }
    const wrong = "invalid GRPC's client.invoke() parameters: "
    assert.deepEqual(console.slice(9), [
      `${wrong}unknown param: "tag"`,
      `${wrong}invalid metadata param: "a" value must be a string`,
      `${wrong}invalid metadata param: "a-bin" value must be binary`,
      `${wrong}invalid metadata param: must be an object with key-value pairs`,
      `${wrong}metric tags: invalid value for metric tag 'a': only String, Boolean and Number types are accepted as a metric tag values`,
      `${wrong}invalid timeout value: '"never"', it needs to be a duration such as "10s", or milliseconds`,
    ])
    assert.equal(server.calls.length, 0)
  })

  it('GRPC-04 failures are statuses with their details, and a deadline is 4', async () => {
    await using server = await grpcServer()
    const { console, errors } = await runGrpc(
      `const r = client.invoke(S + '/Fail', { code: 5, message: 'nö: 100%' })
      log(r.status, r.message); log(r.error)
      const late = client.invoke(S + '/Silence', {}, { timeout: 50 })
      log(late.status, late.error.message, late.status === grpc.StatusDeadlineExceeded)`,
      server,
    )
    assert.deepEqual(errors, [])
    assert.equal(console[0], '5 null')
    assert.deepEqual(JSON.parse(console[1]!), {
      code: 5,
      message: 'nö: 100%',
      details: [
        { '@type': 'type.googleapis.com/common.Point', x: 3, y: 0 },
        { '@type': 'type.googleapis.com/other.Thing', value: 'AQI=' },
      ],
    })
    assert.equal(console[2], '4 Deadline exceeded true')
    assert.ok(server.cancelled.includes('Silence'))
  })

  it('GRPC-04 sizes have limits in both directions', async () => {
    await using server = await grpcServer({ channel: { 'grpc.max_receive_message_length': -1 } })
    const { console } = await runGrpc(
      `const big = client.invoke(S + '/Echo', { someText: 'x'.repeat(5e6) })
      log(big.status, big.error.message)
      client.close()
      client.connect(address, { plaintext: true, maxReceiveSize: 10, maxSendSize: 20 })
      const r = client.invoke(S + '/Echo', { someText: '123456789012' }); log(r.status, r.error.message)
      const s = client.invoke(S + '/Echo', { someText: '12345678901234567890' }); log(s.status, s.error.message)
      log(client.invoke(S + '/Echo', { someText: '1' }).status)`,
      server,
    )
    assert.deepEqual(console, [
      '8 grpc: received message larger than max (5000005 vs. 4194304)',
      '8 grpc: received message larger than max (14 vs. 10)',
      '8 trying to send message larger than max (22 vs. 20)',
      '0',
    ])
  })

  it('GRPC-03 asyncInvoke gives promises that run side by side', async () => {
    await using server = await grpcServer()
    const { console, errors } = await runGrpc(
      `const all = [1, 2, 3].map((small) => client.asyncInvoke(S + '/Echo', { small }))
      Promise.all(all).then((rs) => log(rs.map((r) => r.message.small)))
      client.asyncInvoke(S + '/Nope', {}).catch((e) => log(e.message))
      client.asyncInvoke(S + '/Fail', { code: 7 }).then((r) => log(r.status))`,
      server,
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console.toSorted(), [
      '7',
      '[1,2,3]',
      'method "/testing.v1.Testing/Nope" not found in file descriptors',
    ])
    assert.equal(server.connections(), 1)
  })

  it('GRPC-06 health checks compare with the constants; what fails throws', async () => {
    await using server = await grpcServer()
    const { console, samples } = await runGrpc(
      `log(client.healthCheck().status === grpc.HealthCheckServing)
      log(client.healthCheck('down').status === grpc.HealthCheckNotServing)
      log(client.healthCheck('unheard').status === grpc.HealthCheckServiceUnkown)
      log(client.healthCheck('new').status === grpc.HealthCheckUnknown)
      thrown(() => client.healthCheck('missing'))`,
      server,
      { samples: true },
    )
    assert.deepEqual(console, ['true', 'true', 'true', 'true', 'rpc error: code = NotFound desc = unknown service'])
    const durations = samples.filter(({ metric }) => metric === 'grpc_req_duration')
    assert.deepEqual(
      durations.map(({ tags }) => [Object.keys(tags).toSorted().join(), tags['status']]),
      [...Array(4).fill(['group,scenario,status', '0']), ['group,scenario,status', '5']],
    )
  })

  it('GRPC-08 statuses are numbers', async () => {
    await using server = await grpcServer()
    const { console } = await runGrpc(
      `const { status } = client.invoke(S + '/Echo', {})
      log(status === grpc.StatusOK, status == 0, grpc.StatusUnauthenticated)`,
      server,
    )
    assert.deepEqual(console, ['true true 16'])
  })

  it('fifty virtual users call at once, each over its own connection', async () => {
    await using server = await grpcServer()
    const { errors, summary } = await runGrpc(
      `for (let i = 0; i < 3; i++) {
        const r = client.invoke(S + '/Echo', { small: exec.vu.idInTest })
        if (r.message.small !== exec.vu.idInTest) throw new Error('the answer of another one')
        sleep(0.01)
      }`,
      server,
      { options: { scenarios: { s: { executor: 'per-vu-iterations', vus: 50, iterations: 2 } } } },
    )
    assert.deepEqual(errors, [])
    assert.equal(server.connections(), 50)
    assert.equal(server.calls.length, 300)
    assert.ok(summary.metrics['data_sent']!['count']! > 300 * 50)
    assert.ok(summary.metrics['data_received']!['count']! > 300 * 20)
  })
})

describe('k6/net/grpc: streams', () => {
  it('GRPC-05 streams of the server deliver data, then end', async () => {
    await using server = await grpcServer()
    const { console, errors } = await runGrpc(
      `const stream = new grpc.Stream(client, S + '/Count', { metadata: { 'x-key': 'k' } })
      const values = []
      stream.on('data', (message, { ts }) => { values.push(message.value, Math.abs(Date.now() / 1000 - ts) < 60) })
      stream.on('error', (e) => log('error', e))
      stream.on('end', () => log('end', values))
      stream.write({ count: 3 })
      stream.end()`,
      server,
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['end ["1",true,"2",true,"3",true]'])
    assert.deepEqual(server.calls[0]?.metadata.get('x-key'), ['k'])
  })

  it('GRPC-05 streams of the client get one answer', async () => {
    await using server = await grpcServer()
    const { console, errors } = await runGrpc(
      `const stream = new grpc.Stream(client, S + '/Sum')
      stream.on('data', (message) => log(message.value))
      stream.on('end', () => log('end'))
      for (let i = 1; i <= 100; i++) stream.write({ value: i })
      stream.end()
      stream.write({ value: 1 })`,
      server,
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['5050', 'end'])
  })

  it('GRPC-05 both ways at once; handlers may block and call', async () => {
    await using server = await grpcServer()
    const { console, errors } = await runGrpc(
      `const stream = new grpc.Stream(client, S + '/Chat')
      let heard = 0
      stream.on('data', ({ text }) => {
        log(text, client.invoke(S + '/Echo', { small: 1 }).message.small)
        sleep(0.01)
        if (++heard === 2) stream.end()
      })
      stream.on('end', () => log('end'))
      stream.write({ text: 'one' })
      stream.write({ text: 'two' })`,
      server,
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['ONE 1', 'TWO 1', 'end'])
  })

  it('GRPC-05 a failure is an error event, then end', async () => {
    await using server = await grpcServer()
    const { console } = await runGrpc(
      `const go = (name, message, params) => {
        const stream = new grpc.Stream(client, S + name, params)
        const seen = []
        stream.on('data', (m) => seen.push(m.value))
        stream.on('error', (e) => seen.push(e))
        stream.on('end', () => log(name, seen))
        stream.write(message)
        stream.end()
        sleep(0.2)
        return stream
      }
      go('/Count', { count: 1, failWith: 7 })
      go('/Count', { nope: 1 })
      go('/Sum', { value: 'x' })
      const s = new grpc.Stream(client, S + '/Chat', { timeout: 50 })
      s.on('error', (e) => log(e)); s.on('end', () => log('end'))`,
      server,
    )
    assert.equal(console[0], '/Count ["1",{"code":7,"message":"that was enough","details":[]}]')
    assert.match(console[1]!, /^\/Count \[\{"code":2,"message":"can't marshal request to proto: .*nope/)
    assert.match(console[2]!, /^\/Sum \[\{"code":2,"message":"can't marshal request to proto: .*value/)
    assert.deepEqual(console.slice(3), ['{"code":4,"message":"Deadline exceeded","details":[]}', 'end'])
  })

  it('GRPC-05 wrong arguments are told', async () => {
    await using server = await grpcServer()
    const { console, warnings } = await runGrpc(
      `thrown(() => new grpc.Stream()); thrown(() => new grpc.Stream(client, '')); thrown(() => new grpc.Stream(client, 'a.B/C'))
      thrown(() => new grpc.Stream(client, S + '/Chat', { nope: 1 }))
      const stream = new grpc.Stream(client, S + '/Chat')
      thrown(() => stream.on('data', 1)); stream.on('nope', () => {}); stream.on('toString', () => {})
      stream.write(); stream.end()`,
      server,
    )
    assert.deepEqual(console, [
      "invalid GRPC Stream's client: empty gRPC client",
      "invalid GRPC Stream's method: method to invoke cannot be empty",
      `invalid GRPC Stream's method: method "/a.B/C" not found in file descriptors`,
      `invalid GRPC Stream's parameters: unknown param: "nope"`,
      `handler for "data" event isn't a callable function`,
    ])
    assert.deepEqual(warnings, [
      "can't register nope event handler: unknown GRPC stream's event type: nope",
      "can't register toString event handler: unknown GRPC stream's event type: toString",
      "can't send empty message",
    ])
  })

  it('GRPC-05 a slow virtual user makes the server wait, and gets everything', async () => {
    await using server = await grpcServer()
    const { console, errors } = await runGrpc(
      `const stream = new grpc.Stream(client, S + '/Count')
      let sum = 0, count = 0
      stream.on('data', ({ value, padding }) => { sum += padding.length; if (++count % 100 === 0) sleep(0.02) })
      stream.on('end', () => log('end', count, sum))
      stream.write({ count: 2000, size: 30000 })
      stream.end()`,
      server,
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, ['end 2000 80000000'])
  })

  it('an iteration that fails or is interrupted cancels its streams', async () => {
    await using server = await grpcServer()
    const { exitCode } = await runGrpc(
      `const stream = new grpc.Stream(client, S + '/Chat')
      stream.write({ text: 'x' })
      stream.on('data', () => { if (exec.vu.iterationInScenario === 0) throw new Error('enough') })`,
      server,
      {
        options: { duration: '60s' },
        onStart: ({ signal }) => {
          const calls = poll(
            async () => server.calls.length,
            (count) => count === 2,
          )
          void calls.then(() => signal('interrupt'))
        },
      },
    )
    assert.equal(exitCode, 105)
    await poll(
      async () => server.cancelled.length,
      (count) => count === 2,
    )
    assert.deepEqual([server.calls.length, server.cancelled], [2, ['Chat', 'Chat']])
  })
})

describe('k6/net/grpc: metrics', () => {
  it('GRPC-07 calls and streams have their metrics and tags', async () => {
    await using server = await grpcServer()
    const { samples, stdout } = await runGrpc(
      `client.invoke(S + '/Fail', { code: 3 }, { tags: { mine: 'x' } })
      const stream = new grpc.Stream(client, S + '/Chat', { tags: { mine: 'y' } })
      stream.on('data', () => stream.end())
      stream.write({ text: 'a' })`,
      server,
      { samples: true, options: { thresholds: { grpc_req_duration: ['p(95)<10000'], grpc_streams: ['count==1'] } } },
    )
    const tags = (path: string, mine: string): object => ({
      group: '',
      scenario: 'default',
      mine,
      service: 'testing.v1.Testing',
      method: path.slice(path.lastIndexOf('/') + 1),
      name: path,
      url: server.address + path,
    })
    const fail = tags('/testing.v1.Testing/Fail', 'x')
    const chat = tags('/testing.v1.Testing/Chat', 'y')
    const seen = samples
      .filter(({ metric }) => metric.startsWith('grpc_'))
      .map(({ metric, value, tags }) => ({
        metric,
        value: metric === 'grpc_req_duration' ? value > 0 : value,
        tags: { ...tags },
      }))
    assert.deepEqual(seen, [
      { metric: 'grpc_req_duration', value: true, tags: { ...fail, status: '3' } },
      { metric: 'grpc_streams', value: 1, tags: chat },
      { metric: 'grpc_streams_msgs_sent', value: 1, tags: chat },
      { metric: 'grpc_streams_msgs_received', value: 1, tags: chat },
      { metric: 'grpc_req_duration', value: true, tags: { ...chat, status: '0' } },
    ])
    assert.match(stdout, /GRPC\n\s+grpc_req_duration/)
  })
})
