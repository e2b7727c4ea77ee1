/**
 * The output `experimental-prometheus-rw`: totals of every time series to a receiver of Prometheus remote write.
 *
 *   -o experimental-prometheus-rw    -o experimental-prometheus-rw=http://host:9090/api/v1/write
 *
 * Source  docs/spec/outputs.md §1
 */
import { aggregate } from '../../metrics/aggregation.js'
import type { MetricDefinition } from '../../metrics/metric.js'
import type { SeriesChange, SeriesTotal } from '../../metrics/series-sink.js'
import { createSink, type Sink } from '../../metrics/sink.js'
import { ExponentialHistogram, PROMETHEUS_SHAPE } from '../exponential-histogram.js'
import type { Delivery, Output, OutputContext } from '../output.js'
import { HttpClient } from '../push/http-client.js'
import { Pusher, type PushTarget } from '../push/pusher.js'
import { type Label, labelsOf, withName } from './labels.js'
import { type PrometheusOptions, prometheusOptions, type TrendStat } from './options.js'
import { signed } from './signing.js'
import { encodeWriteRequest, STALE, type WireSeries } from './write-request.js'

/** How many series of a request receivers accept by default. */
const MOST_SERIES = 10_000
/** Characters of labels. With all else a request stays below 4 MB before it is compressed. */
const MOST_CHARACTERS = 2_000_000
const TIMEOUT_MS = 5000
const NAME_PREFIX = 'k6_'
const SECONDS = 0.001

/** What is sent with one set of labels. Several tag sets may have the same labels, for example when they differ in a tag without a value. */
interface Exported {
  readonly metric: MetricDefinition
  readonly labels: readonly Label[]
  readonly sources: SeriesTotal[]
  readonly histogram: ExponentialHistogram | null
}

interface Job {
  readonly exported: readonly Exported[]
  readonly series: readonly WireSeries[]
}

export class PrometheusOutput implements Output, PushTarget<Job> {
  readonly description: string
  readonly #options: PrometheusOptions
  readonly #client: HttpClient
  readonly #pusher: Pusher<Job>
  readonly #bySource = new Map<SeriesTotal, Exported>()
  readonly #byLabels = new Map<string, Exported>()
  readonly #changed = new Set<Exported>()
  /** All series that were ever sent. */
  readonly #sent = new Set<Exported>()
  readonly #userAgent: string

  constructor(argument: string, context: OutputContext) {
    this.#options = prometheusOptions(argument, context)
    this.#userAgent = context.userAgent
    this.description = `Prometheus remote write (${this.#options.url})`
    this.#client = new HttpClient({ timeoutMs: TIMEOUT_MS, tls: this.#options.tls })
    this.#pusher = new Pusher<Job>(this, {
      name: 'Prometheus remote write',
      log: context.log,
      unit: 'values of time series',
      intervalMs: this.#options.pushIntervalMs,
    })
    if (this.#options.isLegacyHistogramSetting) {
      context.log.warning('Legacy env var detected, use --features or K6_FEATURES instead', {
        env: 'K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM',
        feature: 'native-histograms',
      })
    }
  }

  start(): void {
    this.#pusher.start()
  }

  onSeries(changes: readonly SeriesChange[]): void {
    for (const { series, state } of changes) {
      const exported = this.#exportedOf(series)
      if (state.type === 'trend') exported.histogram?.add(state.sketch)
      this.#changed.add(exported)
    }
  }

  async stop(): Promise<void> {
    await this.#pusher.stop()
    this.#client.close()
  }

  delivery(): Delivery {
    return this.#pusher.delivery()
  }

  collect(isLast: boolean): Job[] {
    const jobs = jobsOf(this.#changed, (each) => this.#seriesOf(each))
    for (const exported of this.#changed) this.#sent.add(exported)
    this.#changed.clear()
    return isLast && this.#options.marksStale ? [...jobs, ...this.#staleMarkers()] : jobs
  }

  sizeOf({ series }: Job): number {
    return series.length
  }

  restore({ exported }: Job): void {
    for (const each of exported) this.#changed.add(each)
  }

  async send({ series }: Job, signal: AbortSignal): Promise<void> {
    const { url, signing, headers: own } = this.#options
    const body = encodeWriteRequest(series)
    const headers = {
      'User-Agent': this.#userAgent,
      'Content-Encoding': 'snappy',
      'Content-Type': 'application/x-protobuf',
      'X-Prometheus-Remote-Write-Version': '0.1.0',
      'Accept-Encoding': 'gzip',
      ...own,
    }
    await this.#client.post({
      url,
      headers: signing === undefined ? headers : signed(url, headers, body, signing),
      body,
      signal,
    })
  }

  #exportedOf(source: SeriesTotal): Exported {
    const known = this.#bySource.get(source)
    if (known !== undefined) return known
    const { metric, tags } = source
    const labels = labelsOf(tags, { keepsNames: this.#options.keepsLabelNames })
    const key = JSON.stringify([metric.name, labels])
    const exported = this.#byLabels.get(key) ?? this.#export(metric, labels)
    exported.sources.push(source)
    this.#byLabels.set(key, exported)
    this.#bySource.set(source, exported)
    return exported
  }

  #export(metric: MetricDefinition, labels: readonly Label[]): Exported {
    const isHistogram = metric.type === 'trend' && this.#options.usesNativeHistograms
    return {
      metric,
      labels,
      sources: [],
      histogram: isHistogram ? new ExponentialHistogram(PROMETHEUS_SHAPE, scaleOf(metric)) : null,
    }
  }

  #seriesOf({ metric, labels, sources, histogram }: Exported): WireSeries[] {
    const timestamp = Math.floor(Math.max(...sources.map(({ lastAt }) => lastAt)))
    const name = NAME_PREFIX + metric.name
    const series = (suffix: string, value: WireSeries['value']): WireSeries => ({
      labels: withName(name + suffix, labels),
      timestamp,
      value,
    })
    if (histogram !== null) return [series(metric.contains === 'time' ? '_seconds' : '', histogram)]
    const sink = sinkOf(metric, sources)
    switch (sink.type) {
      case 'counter':
        return [series('_total', sink.sum)]
      case 'gauge':
        return [series('', sink.value)]
      case 'rate':
        return [series('_rate', aggregate(sink, { method: 'rate' }, 0))]
      case 'trend':
        return this.#options.trendStats.map((stat) =>
          series(`_${stat.suffix}`, trendValue(sink, stat, scaleOf(metric))),
        )
      default:
        return sink satisfies never
    }
  }

  #staleMarkers(): Job[] {
    const timestamp = Date.now()
    return jobsOf(this.#sent, (each) =>
      this.#seriesOf(each).map(({ labels }): WireSeries => ({ labels, timestamp, value: STALE })),
    )
  }
}

/** As on k6, times of trends are sent in seconds, and all else as it is. */
function scaleOf({ contains }: MetricDefinition): number {
  return contains === 'time' ? SECONDS : 1
}

function sinkOf(metric: MetricDefinition, sources: readonly SeriesTotal[]): Sink {
  if (sources.length === 1) return (sources[0] as SeriesTotal).sink
  const joined = createSink(metric.type)
  for (const { sink } of sources.toSorted((a, b) => a.lastAt - b.lastAt)) {
    const state = sink.take()
    sink.merge(state)
    joined.merge(state)
  }
  return joined
}

function trendValue(sink: Extract<Sink, { type: 'trend' }>, { aggregation }: TrendStat, scale: number): number {
  if (aggregation.method === 'sum') return sink.sketch.sum * scale
  // Counts too: k6 sends thousandths, and dashboards expect what it sends.
  return aggregate(sink, aggregation, 0) * scale
}

/** Splits series into requests of a size that receivers take. */
function jobsOf(exported: Iterable<Exported>, seriesOf: (exported: Exported) => readonly WireSeries[]): Job[] {
  const jobs: { exported: Exported[]; series: WireSeries[] }[] = []
  let [current, characters] = [{ exported: [] as Exported[], series: [] as WireSeries[] }, 0]
  for (const each of exported) {
    const series = seriesOf(each)
    characters += charactersOf(series)
    if (jobs.length === 0 || current.series.length + series.length > MOST_SERIES || characters > MOST_CHARACTERS) {
      current = { exported: [], series: [] }
      characters = charactersOf(series)
      jobs.push(current)
    }
    current.exported.push(each)
    current.series.push(...series)
  }
  return jobs
}

function charactersOf(series: readonly WireSeries[]): number {
  let sum = 0
  for (const { labels } of series) for (const [name, value] of labels) sum += name.length + value.length
  return sum
}
