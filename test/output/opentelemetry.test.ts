import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { createOutput } from '../../src/output/create-output.js'
import { contextOf } from './fixtures.js'
import { startReceiver } from './receiver.js'
import { SeriesSource } from './series-fixture.js'

const require = createRequire(import.meta.url)
const protobuf = require('protobufjs') as typeof import('protobufjs')
const grpc = require('@grpc/grpc-js') as typeof import('@grpc/grpc-js')

/** Of opentelemetry/proto/metrics/v1/metrics.proto. */
const { root } = protobuf.parse(`
syntax = "proto3";
message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; } }
message InstrumentationScope { string name = 1; string version = 2; }
message ScopeMetrics { InstrumentationScope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
message Metric { string name = 1; string description = 2; string unit = 3;
  oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; ExponentialHistogram exponential_histogram = 10; } }
message Gauge { repeated NumberDataPoint data_points = 1; }
message Sum { repeated NumberDataPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
message ExponentialHistogram { repeated ExponentialHistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
message NumberDataPoint { repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value { double as_double = 4; sfixed64 as_int = 6; } }
message HistogramDataPoint { repeated KeyValue attributes = 9; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4;
  optional double sum = 5; repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; optional double min = 11; optional double max = 12; }
message ExponentialHistogramDataPoint { repeated KeyValue attributes = 1; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4;
  optional double sum = 5; sint32 scale = 6; fixed64 zero_count = 7; Buckets positive = 8; Buckets negative = 9; optional double min = 12; optional double max = 13; }
message Buckets { sint32 offset = 1; repeated uint64 bucket_counts = 2; }`)
const Request = root.lookupType('ExportMetricsServiceRequest')

function decode(body: Uint8Array): { resource: Record<string, string>; metrics: Record<string, any> } {
  const { resourceMetrics } = Request.toObject(Request.decode(body), { longs: Number, arrays: true }) as any
  const attributes = (list: any[]) => Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue]))
  const [{ resource, scopeMetrics }] = resourceMetrics
  assert.equal(scopeMetrics[0].scope.name, 'k6')
  const metrics = scopeMetrics[0].metrics.map((metric: any) => {
    const data = metric.sum ?? metric.gauge ?? metric.histogram ?? metric.exponentialHistogram
    const points = data.dataPoints.map((point: any) => ({ ...point, attributes: attributes(point.attributes) }))
    return [metric.name, { unit: metric.unit, temporality: data.aggregationTemporality, points }]
  })
  return { resource: attributes(resource.attributes), metrics: Object.fromEntries(metrics) }
}

const HTTP = { K6_OTEL_EXPORTER_PROTOCOL: 'http/protobuf', K6_OTEL_HTTP_EXPORTER_INSECURE: 'true' }

async function exported(env: Record<string, string>, act: (source: SeriesSource) => void) {
  const receiver = await startReceiver(() => ({ status: 200 }))
  const { context, messages } = contextOf({
    env: { ...HTTP, K6_OTEL_HTTP_EXPORTER_ENDPOINT: `127.0.0.1:${receiver.port}`, ...env },
  })
  const output = await createOutput('opentelemetry', context)
  await output.start()
  const source = new SeriesSource()
  act(source)
  source.sendTo(output)
  await output.stop()
  await receiver.close()
  const [request] = receiver.requests
  assert.ok(request !== undefined)
  return { ...decode(request.body), request, messages }
}

describe('the output opentelemetry', () => {
  it('maps metrics as k6 does (OTL-01)', async () => {
    const { metrics, resource } = await exported({ K6_OTEL_HISTOGRAM_BOUNDS: 'k6' }, (source) => {
      source.add('items', 'counter', [1, 2], { kind: 'a', empty: '' }, 'data')
      source.add('depth', 'gauge', [3, 4])
      source.add('wins', 'rate', [1, 0, 1])
      source.add('latency', 'trend', [5, 100, 400, 20_000], {}, 'time')
    })
    assert.equal(resource['service.name'], 'k6')
    assert.equal(resource['service.version'], 'test')
    const [items] = metrics['items'].points
    assert.deepEqual(
      [items.asDouble, items.attributes, metrics['items'].unit, metrics['items'].temporality],
      [3, { kind: 'a' }, 'By', 2],
    )
    assert.equal(metrics['depth'].points[0].asDouble, 4)
    assert.deepEqual(
      metrics['wins.total'].points.map(({ attributes, asInt }: any) => [attributes.condition, asInt]),
      [
        ['nonzero', 2],
        ['zero', 1],
      ],
    )
    const [latency] = metrics['latency'].points
    assert.deepEqual(
      [latency.count, latency.sum, latency.min, latency.max, metrics['latency'].unit],
      [4, 20_505, 5, 20_000, 'ms'],
    )
    assert.deepEqual(latency.explicitBounds, [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000])
    assert.deepEqual(latency.bucketCounts, [0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1])
  })

  it('puts the prefix before names, and names the service as it is told (OTL-02)', async () => {
    const { metrics, resource } = await exported(
      { K6_OTEL_METRIC_PREFIX: 'k6_', K6_OTEL_SERVICE_NAME: 'shop' },
      (source) => {
        source.add('items', 'counter', 1)
        source.add('wins', 'rate', [1, 0])
      },
    )
    assert.deepEqual(
      Object.keys(metrics).sort(),
      ['k6_items', 'k6_wins', 'k6_wins.total'].filter((name) => name in metrics),
    )
    assert.ok('k6_items' in metrics && 'k6_wins.total' in metrics)
    assert.equal(resource['service.name'], 'shop')
  })

  it('has bounds from 0.1 ms to a minute for times, unless others are chosen (OTL-10)', async () => {
    const add = (source: SeriesSource): void => {
      source.add('latency', 'trend', [0.2, 45_000], {}, 'time')
      source.add('size', 'trend', 7)
    }
    const { metrics } = await exported({}, add)
    const { explicitBounds } = metrics['latency'].points[0]
    assert.deepEqual([explicitBounds[1], explicitBounds.at(-1)], [0.1, 60_000])
    assert.equal(metrics['size'].points[0].explicitBounds[1], 5)
    const own = await exported({ K6_OTEL_HISTOGRAM_BOUNDS: '1,2,4' }, add)
    assert.deepEqual(own.metrics['latency'].points[0].explicitBounds, [1, 2, 4])
  })

  it('counts whole numbers exactly also when a sketch has taken them in', async () => {
    const values = Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 5 : 10))
    const { metrics } = await exported({ K6_OTEL_HISTOGRAM_BOUNDS: 'k6' }, (source) =>
      source.add('size', 'trend', values),
    )
    assert.deepEqual(metrics['size'].points[0].bucketCounts.slice(0, 4), [0, 1000, 1000, 0])
  })

  it('sends exponential histograms and deltas when the standard variables say so (OTL-06)', async () => {
    const { metrics, resource, request } = await exported(
      {
        OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
        OTEL_RESOURCE_ATTRIBUTES: 'team=a%20b',
        OTEL_EXPORTER_OTLP_HEADERS: 'k=v',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      },
      (source) => source.add('latency', 'trend', [1, 2, 4], {}, 'time'),
    )
    const [point] = metrics['latency'].points
    assert.equal(metrics['latency'].temporality, 1)
    assert.equal(
      point.positive.bucketCounts.reduce((sum: number, count: number) => sum + count, 0),
      3,
    )
    assert.ok(point.positive.bucketCounts.length <= 160)
    // The bucket of the largest value ends at it.
    const last = point.positive.offset + point.positive.bucketCounts.length
    assert.ok(Math.abs(2 ** (last / 2 ** point.scale) - 4) < 1e-9)
    assert.deepEqual(
      [resource['team'], request.headers['k'], request.headers['content-encoding']],
      ['a b', 'v', 'gzip'],
    )
  })

  it('makes names legal with one warning and folds nothing (OTL-08, OTL-09)', async () => {
    const { metrics, messages } = await exported({ K6_OTEL_SERIES_LIMIT: '2000' }, (source) => {
      source.add('_lead', 'counter', 1)
      for (let i = 0; i < 5000; i++) source.add('many', 'counter', 1, { id: String(i) })
    })
    assert.equal(metrics['metric_lead'].points[0].asDouble, 1)
    assert.equal(metrics['many'].points.length, 5000)
    assert.equal(messages.filter((line) => line.includes('names of OpenTelemetry begin with a letter')).length, 1)
    assert.equal(messages.filter((line) => line.includes('many has more than 2000 sets of tags')).length, 1)
  })

  it('is reached by the standard variables when ours are not set (OTL-07)', async () => {
    for (const [endpoint, path] of [
      ['OTEL_EXPORTER_OTLP_ENDPOINT', '/base/v1/metrics'],
      ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', '/base'],
    ] as const) {
      const receiver = await startReceiver(() => ({ status: 200 }))
      const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', [endpoint]: `${receiver.url}/base` }
      const output = await createOutput('opentelemetry', contextOf({ env }).context)
      const source = new SeriesSource()
      await output.start()
      source.add('a', 'counter', 1)
      source.sendTo(output)
      await output.stop()
      await receiver.close()
      assert.equal(receiver.requests[0]?.path, path)
    }
  })

  it('speaks gRPC (OTL-03)', async () => {
    const server = new grpc.Server()
    const bodies: Buffer[] = []
    const identity = (bytes: Buffer): Buffer => bytes
    server.addService(
      {
        Export: {
          path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
          requestStream: false,
          responseStream: false,
          requestSerialize: identity,
          requestDeserialize: identity,
          responseSerialize: identity,
          responseDeserialize: identity,
        },
      },
      {
        Export: (call: any, done: any) => {
          bodies.push(call.request)
          done(null, Buffer.alloc(0))
        },
      },
    )
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    )
    const env = { K6_OTEL_GRPC_EXPORTER_ENDPOINT: `127.0.0.1:${port}`, K6_OTEL_GRPC_EXPORTER_INSECURE: 'true' }
    const output = await createOutput('opentelemetry', contextOf({ env }).context)
    const source = new SeriesSource()
    await output.start()
    source.add('items', 'counter', 2)
    source.sendTo(output)
    await output.stop()
    server.forceShutdown()
    assert.equal(decode(bodies[0] as Buffer).metrics['items'].points[0].asDouble, 2)
    assert.equal(output.delivery?.().delivered, 1)
  })

  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    it(`names the setting when ${protocol} with TLS meets a collector without (OTL-11)`, async () => {
      const server = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
      const env = {
        K6_OTEL_EXPORTER_PROTOCOL: protocol,
        K6_OTEL_GRPC_EXPORTER_ENDPOINT: address,
        K6_OTEL_HTTP_EXPORTER_ENDPOINT: address,
      }
      const { context } = contextOf({ env })
      const output = await createOutput('opentelemetry', context)
      const source = new SeriesSource()
      await output.start()
      source.add('a', 'counter', 1)
      source.sendTo(output)
      await output.stop()
      server.close()
      assert.match(
        output.delivery?.().lastError ?? '',
        /does not speak TLS: set K6_OTEL_(GRPC|HTTP)_EXPORTER_INSECURE=true/,
      )
    })
  }

  const BAD: [env: Record<string, string>, message: RegExp, exitCode: number][] = [
    [
      { EXPORTER_PROTOCOL: 'udp' },
      /unsupported exporter protocol "udp", only "grpc" and "http\/protobuf" are supported/,
      104,
    ],
    [
      { ...suffix(HTTP), TLS_INSECURE_SKIP_VERIFY: 'true' },
      /insecure HTTP endpoint cannot use TLS client configuration/,
      255,
    ],
    [{ HEADERS: 'a' }, /failed to parse headers: invalid header "a", expected format key=value/, 255],
    [{ TLS_CERTIFICATE: '/no/such' }, /failed to read root certificate from "\/no\/such"/, 255],
    [{ HISTOGRAM_BOUNDS: '3,1' }, /histogram bounds must be k6, or numbers that grow/, 255],
  ]
  for (const [settings, message, exitCode] of BAD) {
    it(`refuses ${JSON.stringify(settings)} (OTL-05)`, () => {
      const env = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`K6_OTEL_${key}`, value]))
      return assert.rejects(createOutput('opentelemetry', contextOf({ env }).context), { message, exitCode })
    })
  }
})

function suffix(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key.replace('K6_OTEL_', ''), value]))
}
