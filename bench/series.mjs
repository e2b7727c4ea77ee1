/**
 * Nanoseconds per Series.add by metric type. All types are used, as in a run, because V8 optimises code for the types that it has seen.
 *
 * Usage   npm run bench -- series
 * Smoke
 */
import { internals } from './lib.mjs'

const { declareBuiltins } = await internals('metrics/builtin')
const { SampleRecorder } = await internals('metrics/recorder')
const { MetricRegistry } = await internals('metrics/registry')
const { TagInterner } = await internals('metrics/tag-set')

const N = 2_000_000
const values = Float64Array.from({ length: 4096 }, () => Math.exp(Math.random() * 8 - 3))
const tags = new TagInterner().root.withAll({ scenario: 'default', group: '' })

function time(series) {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 8; round++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < N; i++) series.add(values[i & 4095])
    best = Math.min(best, Number(process.hrtime.bigint() - start) / N)
    recorder.take()
  }
  return Number(best.toFixed(2))
}

const recorder = new SampleRecorder(() => performance.timeOrigin + performance.now())
const kinds = [
  ['plain', new MetricRegistry()],
  ['one submetric', new MetricRegistry(submetrics())],
  ['recorded', new MetricRegistry([], recorder)],
]
const rows = []
for (const [kind, registry] of kinds) {
  const metrics = declareBuiltins(registry)
  for (const metric of [metrics.data_sent, metrics.vus, metrics.checks, metrics.ws_ping]) {
    rows.push({ kind, type: metric.type, 'ns/add': time(registry.series(metric, tags)) })
  }
}
console.table(rows)

function submetrics() {
  return ['data_sent', 'vus', 'checks', 'ws_ping'].map((metric) => ({
    metric,
    name: `${metric}{scenario:default}`,
    tags: { scenario: 'default' },
  }))
}
