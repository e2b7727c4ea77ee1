/**
 * The figures of the progress view beside VUs and iterations: throughput, latency, failures.
 *
 * Shape   the rate is that of the last second, all else is of the run so far; updated once a second from the reports of the engine
 */
import { aggregate } from '../metrics/aggregation.js'
import type { CheckTallies } from '../metrics/checks.js'
import type { MetricDefinition } from '../metrics/metric.js'
import type { MetricRegistry } from '../metrics/registry.js'
import type { CounterSink } from '../metrics/sink.js'
import type { LiveFigures } from '../terminal/progress-state.js'

/** The rate is that of the first of these that has counted anything. */
const WORK: readonly (readonly [metric: string, unit: string])[] = [
  ['http_reqs', 'reqs/s'],
  ['ws_msgs_received', 'msgs/s'],
  ['tcp_reads', 'reads/s'],
  ['iterations', 'iters/s'],
]

/** The latency is that of a trend of times that the script measures itself, or else of the first of these that has samples. */
const LATENCIES = [
  'http_req_duration',
  'grpc_req_duration',
  'ws_ping',
  'tcp_socket_connecting',
  'ws_connecting',
  'iteration_duration',
]
const BUILT_IN = /^(http_req|grpc_req|ws_|tcp_|iteration|group_duration|browser_|dns_)/

const P95 = { method: 'p', percentile: 95 } as const

export class FigureWatch {
  readonly #registry: MetricRegistry
  readonly #checks: CheckTallies
  #counted: { readonly at: number; readonly sums: readonly number[] } | undefined
  #rates: readonly number[] = []

  constructor(registry: MetricRegistry, checks: CheckTallies) {
    this.#registry = registry
    this.#checks = checks
  }

  /** Once a second; `now` in milliseconds. */
  tick(now: number): void {
    const sums = WORK.map(([metric]) => this.#sum(metric))
    const last = this.#counted
    const seconds = last === undefined ? 0 : (now - last.at) / 1000
    if (last !== undefined && seconds > 0) this.#rates = sums.map((sum, i) => (sum - (last.sums[i] ?? 0)) / seconds)
    this.#counted = { at: now, sums }
  }

  /** Undefined before anything was measured. */
  figures(iterations: { readonly complete: number; readonly failed: number }): LiveFigures | undefined {
    if (this.#rates.length === 0) return undefined
    const work = WORK.findIndex(([metric]) => this.#sum(metric) > 0)
    if (work === -1) return undefined
    const latency = this.#mainLatency()
    return {
      rate: { perSecond: this.#rates[work] as number, unit: WORK[work]?.[1] as string },
      ...(latency === undefined ? {} : { latency }),
      errorRate: this.#errorRate(iterations),
      checks: this.#checkFigures(),
    }
  }

  /** A check of several scenarios or groups is one. */
  #checkFigures(): LiveFigures['checks'] {
    const names = new Set<string>()
    const failing = new Set<string>()
    for (const { name, fails } of this.#checks.checks()) {
      names.add(name)
      if (fails > 0) failing.add(name)
    }
    return { failing: failing.size, total: names.size }
  }

  #sum(metric: string): number {
    return (this.#registry.sink(metric) as CounterSink | undefined)?.sum ?? 0
  }

  #mainLatency(): LiveFigures['latency'] {
    const isOwn = ({ name, type, contains }: MetricDefinition) =>
      type === 'trend' && contains === 'time' && !BUILT_IN.test(name)
    const own = [...this.#registry.definitions()].filter(isOwn).map(({ name }) => name)
    const name = [...own, ...LATENCIES].find((metric) => this.#registry.sink(metric)?.isEmpty() === false)
    const sink = name === undefined ? undefined : this.#registry.sink(name)
    return sink === undefined || name === undefined ? undefined : { metric: name, p95: aggregate(sink, P95, 0) }
  }

  /** The share of requests or of iterations that failed, whichever is larger. */
  #errorRate({ complete, failed }: { readonly complete: number; readonly failed: number }): number {
    const iterations = complete === 0 ? 0 : failed / complete
    const requests = this.#registry.sink('http_req_failed')
    if (requests?.type !== 'rate' || requests.total === 0) return iterations
    return Math.max(iterations, requests.nonZero / requests.total)
  }
}
