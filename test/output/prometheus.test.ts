import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { createOutput } from '../../src/output/create-output.js'
import { ExponentialHistogram, OPENTELEMETRY_SHAPE, PROMETHEUS_SHAPE } from '../../src/output/exponential-histogram.js'
import type { Output, OutputContext } from '../../src/output/output.js'
import { Sketch } from '../../src/sketch/sketch.js'
import { poll } from '../helpers/live-run.js'
import { contextOf } from './fixtures.js'
import { type Answer, type Received, startReceiver } from './receiver.js'
import { SeriesSource } from './series-fixture.js'

const require = createRequire(import.meta.url)
const protobuf = require('protobufjs') as typeof import('protobufjs')
const { uncompress } = require('snappyjs') as { uncompress(data: Uint8Array): Uint8Array }

/** Of prompb/remote.proto and prompb/types.proto. */
const { root } = protobuf.parse(`
syntax = "proto3";
message WriteRequest { repeated TimeSeries timeseries = 1; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Histogram histograms = 4; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
message Histogram {
  oneof count { uint64 count_int = 1; double count_float = 2; }
  double sum = 3; sint32 schema = 4; double zero_threshold = 5;
  oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
  repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
  repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
  int32 reset_hint = 14; int64 timestamp = 15;
}`)
const WriteRequest = root.lookupType('WriteRequest')

interface Series {
  readonly labels: Record<string, string>
  readonly names: string[]
  readonly value?: number
  readonly timestamp?: number
  readonly histogram?: any
}

function decode({ body }: Received): Series[] {
  const { timeseries } = WriteRequest.toObject(WriteRequest.decode(uncompress(body)), {
    longs: Number,
    arrays: true,
  }) as any
  return timeseries.map(({ labels, samples, histograms }: any) => ({
    labels: Object.fromEntries(labels.map(({ name, value }: any) => [name, value])),
    names: labels.map(({ name }: any) => name),
    value: samples[0]?.value,
    timestamp: samples[0]?.timestamp,
    histogram: histograms[0],
  }))
}

interface Setup {
  readonly env?: Record<string, string>
  readonly argument?: string
  readonly answer?: (request: Received, index: number) => Answer
  readonly context?: Partial<OutputContext>
}

/** Runs the output against a receiver. */
async function push(
  { env = {}, argument, answer, context: more }: Setup,
  act: (source: SeriesSource, output: Output, requests: readonly Received[]) => void | Promise<void>,
) {
  const receiver = await startReceiver(answer)
  const { context, messages } = contextOf({
    env: { K6_PROMETHEUS_RW_SERVER_URL: `${receiver.url}/write`, ...env },
    ...more,
  })
  const output = await createOutput(
    `experimental-prometheus-rw${argument === undefined ? '' : `=${argument.replace('URL', receiver.url)}`}`,
    context,
  )
  await output.start()
  const source = new SeriesSource()
  await act(source, output, receiver.requests)
  source.sendTo(output)
  await output.stop()
  await receiver.close()
  return {
    requests: receiver.requests,
    series: receiver.requests.flatMap(decode),
    messages,
    delivery: output.delivery?.(),
  }
}

describe('the output experimental-prometheus-rw', () => {
  it("sends every series under k6's name, labels sorted, with the time of its last sample and the headers of remote write (PRW-01, PRW-02, PRW-03)", async () => {
    const { series, requests } = await push({}, (source) => {
      source.add('hits', 'counter', [1, 2], { zone: 'a', B: 'x', group: '' })
      source.add('depth', 'gauge', [3, -4])
      source.add('wins', 'rate', [1, 0, 0, 1])
      source.now += 1234.5
      source.add('rtt', 'trend', [100, 200, 300, 400], {}, 'time')
    })
    const values = Object.fromEntries(series.map(({ labels, value }) => [labels['__name__'], value]))
    assert.deepEqual(values, { k6_hits_total: 3, k6_depth: -4, k6_wins_rate: 0.5, k6_rtt_p99: 0.397 })
    const [hits] = series
    assert.deepEqual(hits?.names, ['B', '__name__', 'zone'])
    assert.equal(hits?.timestamp, Date.UTC(2026, 10, 21, 5))
    assert.equal(series.at(-1)?.timestamp, Date.UTC(2026, 10, 21, 5) + 1234)
    const { headers } = requests[0] as Received
    assert.deepEqual(
      ['content-encoding', 'content-type', 'x-prometheus-remote-write-version', 'user-agent'].map(
        (name) => headers[name],
      ),
      ['snappy', 'application/x-protobuf', '0.1.0', 'sockeye/test'],
    )
  })

  it('repeats no series that has not changed (PRW-04)', async () => {
    const { requests } = await push(
      { env: { K6_PROMETHEUS_RW_PUSH_INTERVAL: '20ms' } },
      async (source, output, requests) => {
        source.add('a', 'counter', 1)
        source.add('b', 'counter', 1)
        source.sendTo(output)
        await poll(
          async () => requests.length,
          (count) => count === 1,
        )
        source.add('b', 'counter', 1)
      },
    )
    assert.deepEqual(
      requests.map((request) => decode(request).map(({ labels, value }) => [labels['__name__'], value])),
      [
        [
          ['k6_a_total', 1],
          ['k6_b_total', 1],
        ],
        [['k6_b_total', 2]],
      ],
    )
  })

  it('has the statistics that are asked for (PRW-05)', async () => {
    const env = { K6_PROMETHEUS_RW_TREND_STATS: 'avg,min,max,med,count,sum,p(95),p(99.9),p(9.99)' }
    const { series } = await push({ env }, (source) => source.add('size', 'trend', [1, 2, 3, 4]))
    assert.deepEqual(
      series.map(({ labels }) => labels['__name__']),
      ['avg', 'min', 'max', 'med', 'count', 'sum', 'p95', 'p999', 'p9_99'].map((stat) => `k6_size_${stat}`),
    )
  })

  it('sends native histograms of schema 3 (PRW-06)', async () => {
    const { series } = await push({ context: { features: ['native-histograms'] } }, (source) => {
      source.add('latency', 'trend', [100, 200, 300, 400], {}, 'time')
      source.add('odd', 'trend', [0, -2, Number.POSITIVE_INFINITY])
    })
    const [latency, odd] = series
    assert.equal(latency?.labels['__name__'], 'k6_latency_seconds')
    const { countInt, sum, schema, zeroThreshold, positiveSpans, positiveDeltas } = latency?.histogram ?? {}
    assert.deepEqual([countInt, sum, schema, zeroThreshold], [4, 1, 3, 2 ** -128])
    assert.deepEqual(
      positiveSpans.map(({ offset, length }: any) => [offset, length]),
      [
        [-26, 1],
        [7, 1],
        [4, 4],
      ],
    )
    assert.deepEqual(positiveDeltas, [1, 0, 0, -1, 0, 1])
    assert.equal(odd?.histogram.zeroCountInt, 1)
    assert.deepEqual(odd?.histogram.negativeSpans[0], { offset: 8, length: 1 })
    assert.deepEqual(odd?.histogram.positiveSpans[0], { offset: 8193, length: 1 })
  })

  it('marks every series as stale at the end (PRW-07)', async () => {
    const { series } = await push({ env: { K6_PROMETHEUS_RW_STALE_MARKERS: 'true' } }, (source) =>
      source.add('a', 'counter', 1),
    )
    assert.deepEqual(
      series.map(({ value }) => value),
      [1, Number.NaN],
    )
  })

  it('makes label names valid, and no request holds two series with equal labels (PRW-14)', async () => {
    const { series } = await push({}, (source) => {
      source.add('c', 'counter', 1, {
        'run-tag': 'a',
        run_tag: 'b',
        'with.dot': '1',
        '9digit': '2',
        Üni: 'ß',
        __name__: 'n',
      })
      source.add('d', 'counter', 1, { x: '' })
      source.add('d', 'counter', 2, {})
    })
    assert.deepEqual(series[0]?.names, ['_9digit', '__name__', '_ni', 'run_tag', 'run_tag_', 'tag__name__', 'with_dot'])
    assert.deepEqual(
      series.slice(1).map(({ value }) => value),
      [3],
    )
  })

  it('keeps raw label names when it is told to', async () => {
    const { series } = await push({ env: { K6_PROMETHEUS_RW_RAW_LABEL_NAMES: 'true' } }, (source) =>
      source.add('c', 'counter', 1, { 'run-tag': 'a' }),
    )
    assert.deepEqual(series[0]?.names, ['__name__', 'run-tag'])
  })

  it('tries again after 500 and 429 with what has changed since, and logs the answer once (PRW-12, PRW-13, OUT-08)', async () => {
    const answer = (_: Received, index: number): Answer =>
      index < 2
        ? { status: [500, 429][index], body: 'the disk is full', headers: { 'Retry-After': '0' } }
        : { status: 204 }
    const { requests, messages, delivery } = await push(
      { answer, env: { K6_PROMETHEUS_RW_PUSH_INTERVAL: '10ms' } },
      async (source, output, requests) => {
        source.add('a', 'counter', 1)
        source.sendTo(output)
        await poll(
          async () => requests.length,
          (count) => count === 3,
        )
      },
    )
    assert.equal(requests.length, 3)
    assert.deepEqual(
      requests.map((request) => decode(request)[0]?.value),
      [1, 1, 1],
    )
    assert.equal(delivery?.lost, 0)
    assert.equal(messages.filter((line) => line.includes('Failed to send')).length, 2)
  })

  it('splits what is too much for one request (PRW-15)', async () => {
    const { requests, series } = await push({}, (source) => {
      for (let i = 0; i < 12_000; i++) source.add('c', 'counter', 1, { id: String(i) })
    })
    assert.equal(requests.length, 2)
    assert.equal(series.length, 12_000)
  })

  it('authorises itself: URL, variables, bearer; custom headers take nothing away (PRW-08, PRW-09)', async () => {
    const authorization = async (setup: Setup) => {
      const { requests } = await push(setup, (source) => source.add('a', 'counter', 1))
      const { authorization, 'x-scope-orgid': scope } = requests[0]?.headers ?? {}
      return [authorization, scope]
    }
    const basic = `Basic ${Buffer.from('u:p').toString('base64')}`
    const user = { K6_PROMETHEUS_RW_USERNAME: 'u', K6_PROMETHEUS_RW_PASSWORD: 'p' }
    assert.deepEqual(await authorization({ env: user }), [basic, undefined])
    assert.deepEqual(await authorization({ env: { ...user, 'K6_PROMETHEUS_RW_HEADERS_X-Scope-OrgID': 'a:b' } }), [
      basic,
      'a:b',
    ])
    assert.deepEqual(await authorization({ env: { ...user, K6_PROMETHEUS_RW_HTTP_HEADERS: 'X-Scope-OrgID:a:b' } }), [
      basic,
      'a:b',
    ])
    assert.deepEqual(await authorization({ env: { ...user, K6_PROMETHEUS_RW_BEARER_TOKEN: 't' } }), [
      'Bearer t',
      undefined,
    ])
  })

  it('signs requests for AWS', async () => {
    const env = {
      K6_PROMETHEUS_RW_SIGV4_REGION: 'r',
      K6_PROMETHEUS_RW_SIGV4_ACCESS_KEY: 'k',
      K6_PROMETHEUS_RW_SIGV4_SECRET_KEY: 's',
    }
    const { requests } = await push({ env }, (source) => source.add('a', 'counter', 1))
    assert.match(
      requests[0]?.headers.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=k\/\d{8}\/r\/aps\/aws4_request, SignedHeaders=[\w-;]*content-encoding;content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-prometheus-remote-write-version, Signature=\w{64}$/,
    )
  })

  it('takes its URL and settings from the argument (PRW-11)', async () => {
    for (const argument of ['URL/own', 'url=URL/own,pushInterval=1s']) {
      const { requests } = await push({ argument }, (source) => source.add('a', 'counter', 1))
      assert.equal(requests[0]?.path, '/own')
    }
  })

  const BAD: [text: string, env: Record<string, string>, message: RegExp][] = [
    ['experimental-prometheus-rw=nonsense', {}, /couldn't understand the argument "nonsense"/],
    ['experimental-prometheus-rw=ulr=x', {}, /couldn't understand the argument/],
    [
      'prometheus',
      { TREND_STATS: 'p(101)' },
      /invalid percentile trend stat value 'p\(101\)', provide a number between 0 and 100/,
    ],
    ['prometheus', { TREND_STATS: 'mean' }, /invalid trend stat 'mean', unknown format/],
    ['prometheus', { PUSH_INTERVAL: '0s' }, /metric flush period should be positive but was 0s/],
    ['prometheus', { STALE_MARKERS: '1' }, /converting '1' to type null.Bool/],
    ['prometheus', { TLS_MIN_VERSION: '1.1' }, /the minimum version of TLS must be 1.2 or 1.3/],
    ['prometheus', { CLIENT_CERTIFICATE: 'x.pem' }, /one of the two is missing/],
    ['prometheus', { HTTP_HEADERS: 'no-colon' }, /does not respect the expected format <header key>:<value>/],
    ['prometheus', { SIGV4_REGION: 'r' }, /sigv4 seems to be partially configured/],
    ['prometheus', { SERVER_URL: 'ftp://x' }, /unsupported protocol scheme "ftp"/],
  ]
  for (const [text, settings, message] of BAD) {
    it(`refuses ${text} with ${JSON.stringify(settings)}`, () => {
      const env = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`K6_PROMETHEUS_RW_${key}`, value]))
      return assert.rejects(createOutput(text, contextOf({ env }).context), {
        message,
        exitCode: 255,
        code: 'ERR_INVALID_OUTPUT',
      })
    })
  }
})

describe('an exponential histogram', () => {
  it('never has more than 160 buckets per sign (PRW-17)', () => {
    for (const shape of [PROMETHEUS_SHAPE, OPENTELEMETRY_SHAPE]) {
      const histogram = new ExponentialHistogram(shape, 1)
      const sketch = new Sketch()
      for (let i = -250; i < 250; i++) {
        sketch.add(10 ** i)
        sketch.add(-(10 ** i))
      }
      histogram.add(sketch.take())
      assert.ok(shape.size(histogram.positive) <= 160 && shape.size(histogram.negative) <= 160)
      const counted = [...histogram.positive.values(), ...histogram.negative.values()].reduce(
        (sum, count) => sum + count,
        0,
      )
      assert.equal(counted + histogram.zeros, 1000)
      assert.equal(histogram.count, 1000)
    }
  })
})
