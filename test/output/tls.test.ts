/** Outputs over TLS: certificates of both sides, versions, and proxies. The receivers are real servers. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TlsOptions } from 'node:tls'
import { createOutput } from '../../src/output/create-output.js'
import { Outputs } from '../../src/output/outputs.js'
import { contextOf, RecordingShard } from './fixtures.js'
import { type Received, startReceiver } from './receiver.js'
import { SeriesSource } from './series-fixture.js'

const grpc = createRequire(import.meta.url)('@grpc/grpc-js') as typeof import('@grpc/grpc-js')

const file = (name: string): string => join(process.cwd(), 'test', 'fixtures', 'tls', name)
const pem = (name: string): Buffer => readFileSync(file(name))
const SERVER: TlsOptions = { cert: pem('server.pem'), key: pem('server.key') }
const MUTUAL: TlsOptions = { ...SERVER, ca: pem('ca.pem'), requestCert: true, rejectUnauthorized: true }

interface Outcome {
  readonly requests: readonly Received[]
  readonly delivered: number
  readonly lastError: string | undefined
}

/** One time series to an output whose receiver speaks TLS. */
async function sent(type: string, envOf: (port: number) => Record<string, string>, tls: TlsOptions): Promise<Outcome> {
  const receiver = await startReceiver(() => ({ status: 200 }), tls)
  const output = await createOutput(type, contextOf({ env: envOf(receiver.port) }).context)
  await output.start()
  const source = new SeriesSource()
  source.add('items', 'counter', 2)
  source.sendTo(output)
  await output.stop()
  await receiver.close()
  const { delivered = 0, lastError } = output.delivery?.() ?? {}
  return { requests: receiver.requests, delivered, lastError }
}

// What is refused is tried again for seconds.
describe('Prometheus remote write over TLS', { concurrency: true }, () => {
  const toPrometheus = (env: Record<string, string>, tls: TlsOptions): Promise<Outcome> =>
    sent('prometheus', (port) => ({ K6_PROMETHEUS_RW_SERVER_URL: `https://127.0.0.1:${port}/write`, ...env }), tls)

  it('refuses a certificate that nobody it trusts has signed, unless told to take any (PRW-08)', async () => {
    const { delivered, lastError } = await toPrometheus({}, SERVER)
    assert.equal(delivered, 0)
    assert.match(lastError ?? '', /certificate|self.signed/i)
    const trusting = await toPrometheus({ K6_PROMETHEUS_RW_INSECURE_SKIP_TLS_VERIFY: 'true' }, SERVER)
    assert.equal(trusting.delivered, 1)
    assert.equal(trusting.requests[0]?.tls?.version, 'TLSv1.3')
  })

  it('shows its own certificate to a receiver that asks for one (PRW-08)', async () => {
    const { requests } = await toPrometheus(
      {
        K6_PROMETHEUS_RW_INSECURE_SKIP_TLS_VERIFY: 'true',
        K6_PROMETHEUS_RW_CLIENT_CERTIFICATE: file('client.pem'),
        K6_PROMETHEUS_RW_CLIENT_CERTIFICATE_KEY: file('client.key'),
      },
      MUTUAL,
    )
    assert.equal(requests[0]?.tls?.client, 'sockeye client')
  })

  for (const name of ['TLS_MIN_VERSION', 'TLS_MINIMUM_VERSION'])
    it(`speaks TLS 1.2 when ${name} allows it, and 1.3 alone without (PRW-10)`, async () => {
      const old: TlsOptions = { ...SERVER, maxVersion: 'TLSv1.2' }
      const skip = { K6_PROMETHEUS_RW_INSECURE_SKIP_TLS_VERIFY: 'true' }
      const { delivered } = await toPrometheus(skip, old)
      assert.equal(delivered, 0)
      const { requests } = await toPrometheus({ ...skip, [`K6_PROMETHEUS_RW_${name}`]: '1.2' }, old)
      assert.equal(requests[0]?.tls?.version, 'TLSv1.2')
      const { context } = contextOf({ env: { [`K6_PROMETHEUS_RW_${name}`]: '1.1' } })
      await assert.rejects(async () => createOutput('prometheus', context), /1\.1/)
    })
})

describe('OpenTelemetry over TLS', { concurrency: true }, () => {
  const client = {
    K6_OTEL_TLS_CLIENT_CERTIFICATE: file('client.pem'),
    K6_OTEL_TLS_CLIENT_KEY: file('client.key'),
  }
  const ca = { K6_OTEL_TLS_CERTIFICATE: file('ca.pem') }
  const skip = { K6_OTEL_TLS_INSECURE_SKIP_VERIFY: 'true' }

  const toHttp = (env: Record<string, string>, tls: TlsOptions): Promise<Outcome> =>
    sent(
      'opentelemetry',
      (port) => ({
        K6_OTEL_EXPORTER_PROTOCOL: 'http/protobuf',
        K6_OTEL_HTTP_EXPORTER_ENDPOINT: `127.0.0.1:${port}`,
        ...env,
      }),
      tls,
    )

  it('is the default of HTTP: with a CA file, with its own certificate, or with any (OTL-04)', async () => {
    assert.equal((await toHttp({}, SERVER)).delivered, 0)
    assert.equal((await toHttp(ca, SERVER)).delivered, 1)
    assert.equal((await toHttp(skip, SERVER)).delivered, 1)
    const { requests } = await toHttp({ ...ca, ...client }, MUTUAL)
    assert.equal(requests[0]?.tls?.client, 'sockeye client')
  })

  /** Whether an export arrived. */
  async function toGrpc(env: Record<string, string>, credentials: import('@grpc/grpc-js').ServerCredentials) {
    const server = new grpc.Server()
    let received = 0
    const bytes = (value: Buffer): Buffer => value
    const method = {
      path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    } as const
    server.addService(
      { Export: method },
      {
        Export: (_: unknown, done: (error: null, body: Buffer) => void) => {
          received++
          done(null, Buffer.alloc(0))
        },
      },
    )
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
    )
    const settings = { K6_OTEL_GRPC_EXPORTER_ENDPOINT: `127.0.0.1:${port}`, ...env }
    const output = await createOutput('opentelemetry', contextOf({ env: settings }).context)
    await output.start()
    const source = new SeriesSource()
    source.add('items', 'counter', 2)
    source.sendTo(output)
    await output.stop()
    server.forceShutdown()
    return received > 0
  }

  it('is the default of gRPC: with a CA file, with its own certificate, or with any (OTL-04)', async () => {
    const pair = [{ cert_chain: pem('server.pem'), private_key: pem('server.key') }]
    const plain = (): import('@grpc/grpc-js').ServerCredentials => grpc.ServerCredentials.createSsl(null, pair, false)
    const mutual = grpc.ServerCredentials.createSsl(pem('ca.pem'), pair, true)
    assert.equal(await toGrpc(ca, plain()), true)
    assert.equal(await toGrpc(skip, plain()), true)
    assert.equal(await toGrpc({ ...ca, ...client }, mutual), true)
  })
})

interface Proxy {
  readonly url: string
  /** The first lines of requests, with the credentials. */
  readonly asked: string[]
  close(): void
}

/** Leads everything to 127.0.0.1, whatever name was asked for. */
async function startProxy(): Promise<Proxy> {
  const asked: string[] = []
  const sockets: Socket[] = []
  const note = ({ method, url, headers }: IncomingMessage): void =>
    void asked.push(`${method} ${url} ${headers['proxy-authorization'] ?? ''}`.trim())
  const server = createServer((request, response) => {
    note(request)
    request.resume().on('end', () => response.writeHead(204).end())
  })
  server.on('connect', (request, socket: Socket) => {
    note(request)
    const target = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(target).pipe(socket)
    })
    sockets.push(socket, target)
    for (const one of [socket, target]) one.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      server.closeAllConnections()
    },
  }
}

const CREDENTIALS = `Basic ${Buffer.from('user:secret').toString('base64')}`

describe('outputs through a proxy', () => {
  const collector = (host: string): Record<string, string> => ({
    K6_OTEL_EXPORTER_PROTOCOL: 'http/protobuf',
    K6_OTEL_HTTP_EXPORTER_ENDPOINT: host,
    K6_OTEL_TLS_CERTIFICATE: file('ca.pem'),
  })

  it('OpenTelemetry with TLS goes through a tunnel of HTTPS_PROXY', async () => {
    const proxy = await startProxy()
    const { delivered, requests } = await sent(
      'opentelemetry',
      (port) => ({ ...collector(`a.sock.test:${port}`), HTTPS_PROXY: proxy.url }),
      SERVER,
    )
    proxy.close()
    assert.equal(delivered, 1)
    assert.equal(requests[0]?.path, '/v1/metrics')
    assert.match(proxy.asked[0] ?? '', new RegExp(`^CONNECT a\\.sock\\.test:\\d+ ${CREDENTIALS}$`))
  })

  it('OpenTelemetry goes directly where NO_PROXY says so, and to loopback', async () => {
    const proxy = await startProxy()
    const { delivered } = await sent(
      'opentelemetry',
      (port) => ({ ...collector(`localhost:${port}`), HTTPS_PROXY: proxy.url }),
      SERVER,
    )
    proxy.close()
    assert.deepEqual([delivered, proxy.asked], [1, []])
  })

  it('InfluxDB goes through the proxy of its own setting, and asks it for whole URLs (INF-02)', async () => {
    const proxy = await startProxy()
    const { context } = contextOf({ env: { K6_INFLUXDB_PROXY: proxy.url } })
    const output = await createOutput('influxdb=http://db.example:8086/load', context)
    const outputs = new Outputs([output], context.log)
    await outputs.start()
    const shard = new RecordingShard()
    shard.add('hits', 1)
    outputs.onSamples(0, structuredClone(shard.recorder.take()))
    await outputs.stop()
    proxy.close()
    assert.equal(output.delivery?.().delivered, 1)
    const [, write = ''] = proxy.asked
    assert.match(write, /^POST http:\/\/db\.example:8086\/write\?.*db=load/)
    assert.ok(write.endsWith(CREDENTIALS), write)
  })
})
