/**
 * The work of a coordinator of many machines in each second: it decodes the reports of all instances and merges them. One core must be enough
 * for a thousand instances, and memory must not grow with their number. Reports arrive as frames on links, as from a real network.
 *
 * Usage   npm run bench -- cluster-merge [instances] [series] [seconds]
 * Smoke   20 50 2
 */
import { internals } from './lib.mjs'

const { Link, parseFrame } = await internals('cluster/link')
const { fromInstance } = await internals('cluster/message-codec')
const { decodeReport, encodeReport } = await internals('engine/report-codec')
const { NO_LOAD } = await internals('engine/generator-load')
const { MetricRegistry } = await internals('metrics/registry')
const { TagInterner } = await internals('metrics/tag-set')
const { Measurements } = await internals('run/measurements')

const STANDING = {
  progress: {
    vus: { active: 10, initialized: 10 },
    iterations: { complete: 1000, failed: 0, interrupted: 0 },
    openWebSockets: 0,
    scenarios: [{ state: 1, activeVus: 10, iterations: 1000, dropped: 0, level: 10, allocatedVus: 0 }],
  },
  isComplete: true,
  hasLostWork: false,
}
const DONE = [{ ended: 1000, dropped: 0 }]
/** Samples per series and second, so that the sketches of trends are as large as real ones. */
const SAMPLES = 60
/** How many instances have different reports; the others send copies of these. */
const DIFFERENT = 20

function main(instances, series, seconds) {
  const start = Date.now()
  let now = start
  const metrics = metricsOf(series)
  const measurements = new Measurements({
    metrics,
    submetrics: [],
    collectsViews: false,
    recordsSamples: false,
    collectsSeries: false,
    timeline: { history: true, recentMs: 30_000 },
    runTags: {},
    now: () => now,
  })
  const links = Array.from({ length: instances }, (_, i) => {
    const [link, out] = linkOf(`run.agent${i}.0`, (bytes) => {
      const { part, report } = fromInstance.decode(bytes)
      measurements.merge(i * 4096 + part, decodeReport(report))
    })
    return { link, out, sender: linkOf(`run.agent${i}.0`, () => {}) }
  })
  const costs = []
  let bytes = 0
  for (let second = 0; second < seconds; second++) {
    // Made before the measurement, because instances do this on their own cores.
    const reports = Array.from({ length: DIFFERENT }, (_, i) => encodeReport(reportOf(metrics, now, i + second)))
    const frames = links.map(({ sender: [link, out] }, i) => {
      const report = reports[i % DIFFERENT]
      link.send(fromInstance.encode({ type: 'report', part: 0, report, done: DONE, standing: STANDING }))
      return out.splice(0)
    })
    now += 1000
    const cpu = process.cpuUsage()
    for (const [i, { link }] of links.entries()) {
      for (const frame of frames[i]) {
        bytes += frame.length
        link.receive(parseFrame(frame))
      }
    }
    measurements.gauge(1, 1)
    const { user, system } = process.cpuUsage(cpu)
    costs.push((user + system) / 1e6)
    // Acknowledgements, so that senders drop the frames that have arrived.
    for (const { link, out, sender } of links) {
      link.datagram(new Uint8Array())
      for (const frame of out.splice(0)) sender[0].receive(parseFrame(frame))
    }
  }
  globalThis.gc?.()
  const sorted = costs.toSorted((a, b) => a - b)
  console.log(
    `${instances} instances, ${series} series, ${seconds} s: ${(bytes / seconds / 1e6).toFixed(1)} MB/s arrive`,
  )
  console.log(
    `processor time each second   median ${sorted[Math.floor(seconds / 2)].toFixed(3)} s   most ${sorted.at(-1).toFixed(3)} s`,
  )
  console.log(`memory ${(process.memoryUsage().rss / 1024 ** 2).toFixed(0)} MiB, with ${instances} senders in it`)
  for (const { link, sender } of links) {
    link.close()
    sender[0].close()
  }
}

function linkOf(id, onMessage) {
  const out = []
  const transport = {
    maxPayload: 1024 * 1024,
    isConnected: true,
    onConnection: () => () => {},
    publish: (_, payload) => out.push(payload),
  }
  const timing = { now: () => 0, wallClock: () => 0, after: () => () => {} }
  const link = new Link({ id, subject: '', transport, timing, onMessage, onDatagram: () => {} })
  return [link, out]
}

/** Half of the metrics are trends. */
function metricsOf(series) {
  return Array.from({ length: series }, (_, i) => ({
    name: `metric_${i}`,
    type: i % 2 === 0 ? 'trend' : 'counter',
    contains: 'default',
  }))
}

function reportOf(metrics, until, seed) {
  const registry = new MetricRegistry()
  const { root } = new TagInterner()
  for (const [i, { name, type }] of metrics.entries()) {
    const series = registry.series(registry.declare(name, type), root)
    for (let n = 0; n < SAMPLES; n++) series.add(10 + ((seed * 31 + i * 17 + n * 7919) % 1000) / 7)
  }
  return {
    aggregates: registry.take(),
    perSeries: [],
    checks: undefined,
    errors: undefined,
    since: until - 1000,
    until,
    series: metrics.length,
    load: NO_LOAD,
  }
}

const [instances = 1000, series = 200, seconds = 10] = process.argv.slice(2).map(Number)
main(instances, series, seconds)
