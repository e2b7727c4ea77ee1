/**
 * A run of many hours in a few minutes: its time series, its dashboard in Chromium and its report. Time is simulated. Half of the series are
 * trends with 20 values a second, the others are counters.
 *
 * Prints the heap after each tenth of the run (it must not grow at the end), the cost of a page that opens at the end, how smooth the page is
 * while updates come, and the size of the report. The page needs Debian's chromium, and is skipped without it.
 *
 * A step of 10 simulates only every tenth second of the time that is kept coarsely at the end: that is faster, and the end is the same.
 *
 * Usage   npm run bench -- long-run [hours=10] [series=200] [step=1]
 * Smoke   0.05 8
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { internals } from './lib.mjs'

const { declareBuiltins } = await internals('metrics/builtin')
const { MetricRegistry } = await internals('metrics/registry')
const { Timeline } = await internals('metrics/timeline/timeline')
const { TagInterner } = await internals('metrics/tag-set')
const { DashboardOutput } = await internals('dashboard/dashboard-output')
const { inTurns } = await internals('base/turns')
const { resultFileWork } = await internals('report/result-file')
const { reportBytes } = await internals('report/render-report')

const [hours = 10, count = 200, step = 1] = process.argv.slice(2).map(Number)
const SECONDS = Math.round(hours * 3600)
const BEGAN = Date.now() - SECONDS * 1000
/** In ms: the end of the run, which is kept by seconds and by ten seconds. */
const KEPT_FINELY = (600 + 5400) * 1000
const CHROMIUM = '/usr/bin/chromium'

const registry = new MetricRegistry()
declareBuiltins(registry)
const root = new TagInterner().root.withAll({ scenario: 'default' })
const trends = Array.from({ length: count >> 1 }, (_, i) =>
  registry.series(registry.declare(`latency_${i}`, 'trend', 'time'), root),
)
const counters = Array.from({ length: count - (count >> 1) }, (_, i) =>
  registry.series(registry.declare(`events_${i}`, 'counter'), root),
)
const vus = registry.series(registry.declare('vus', 'gauge'), root)
const timeline = new Timeline(registry, { history: true, recentMs: 30_000 })
const noise = Float64Array.from({ length: 4096 }, () => Math.exp(Math.random() * 2 - 1))

/** Reports of shards, made before the measurement, which is about the main thread only. */
const reports = Array.from({ length: 60 }, (_, i) => measured(i))
function measured(i) {
  const wave = 10 + 5 * Math.sin((i / 30) * Math.PI)
  trends.forEach((series, index) => {
    for (let n = 0; n < 20; n++) series.add(wave * noise[(i * 977 + 31 * index + 7 * n) & 4095])
  })
  for (const series of counters) series.add(20 + wave)
  vus.add(Math.round(wave))
  return registry.take()
}

let now = BEGAN
function second() {
  timeline.merge(reports[((now / 1000) % reports.length) | 0], now, now + 1000)
  const isOld = SECONDS * 1000 - (now - BEGAN) > KEPT_FINELY
  now += 1000 * (isOld ? step : 1)
  timeline.advance(now)
}

const heap = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}
const cpu = (since) => {
  const { user, system } = process.cpuUsage(since)
  return `${Math.round((user + system) / 1000)} ms`
}
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
const result = () => ({
  verdict: 'passed',
  exitCode: 0,
  script: 'long-run.ts',
  startedAt: BEGAN,
  durationMs: now - BEGAN,
  thresholds: [],
  checks: [],
  metrics: [],
})

console.log(`${hours} h, ${count} series`)
const hour = []
for (let tenth = 1; tenth <= 10; tenth++) {
  const busy = process.cpuUsage()
  while (now - BEGAN < (SECONDS * 1000 * tenth) / 10) second()
  console.log(`after ${((hours * tenth) / 10).toFixed(2)} h: ${megabytes(heap())}, ${cpu(busy)} of processor time`)
  if (hour.length === 0 && now - BEGAN >= Math.min(1, hours) * 3_600_000)
    hour.push(await report('report of the first hour'))
}
await report('report of the whole run')
if (existsSync(CHROMIUM)) await page()

async function report(name) {
  const busy = process.cpuUsage()
  const stop = watchTurns()
  const file = await inTurns(resultFileWork(result(), timeline, 'bench'))
  const bytes = await reportBytes(file, 'report.html')
  console.log(
    `${name}: ${megabytes(bytes.length)}, made in ${cpu(busy)} of processor time; the run was held up for ${stop()}`,
  )
  return bytes.length
}

/**
 * Measures how long the event loop is blocked. The returned function ends that, and returns the longest time, and the most processor time of this
 * process in one turn, in which other programs of a busy machine do not count.
 */
function watchTurns() {
  let [longest, most, last, used] = [0, 0, performance.now(), process.cpuUsage()]
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - 5)
    const { user, system } = process.cpuUsage(used)
    most = Math.max(most, (user + system) / 1000)
    last = performance.now()
    used = process.cpuUsage()
  }, 5)
  return () => {
    clearInterval(timer)
    return `${Math.round(longest)} ms at most (${Math.round(most)} ms of work)`
  }
}

async function page() {
  const { chromium } = createRequire(import.meta.url)('playwright-core')
  let url = ''
  const log = { info: (text) => (url = /http:\S+/.exec(text)?.[0] ?? url), warning: console.log, error: console.log }
  const context = { log, env: {}, config: {}, workingDirectory: '.', version: 'bench' }
  const run = { control: () => undefined, apiToken: undefined, baseline: undefined }
  const output = new DashboardOutput('port=0', context, run)
  await output.start()
  const tell = () =>
    output.onAggregates({ registry, timeline, durationMs: now - BEGAN, time: Date.now(), standing: result })
  second()
  tell()
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  const opened = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  const [started, busy, opening] = [performance.now(), process.cpuUsage(), watchTurns()]
  await opened.goto(url)
  await opened.waitForSelector('canvas', { timeout: 600_000 })
  console.log(
    `the page shows everything after ${Math.round(performance.now() - started)} ms, for which the run worked ${cpu(busy)}; ` +
      `it was held up for ${opening()}`,
  )
  await opened.evaluate(() => {
    globalThis.frames_ = []
    let last = performance.now()
    const note = (at) => {
      globalThis.frames_.push(at - last)
      last = at
      requestAnimationFrame(note)
    }
    requestAnimationFrame(note)
  })
  const updates = Math.min(20, SECONDS)
  const following = watchTurns()
  for (let i = 0; i < updates; i++) {
    second()
    tell()
    // Moves the crosshair and scrolls.
    await opened.mouse.move(200 + 40 * i, 500)
    await opened.mouse.wheel(0, i % 2 === 0 ? 300 : -300)
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  const frames = (await opened.evaluate(() => globalThis.frames_)).sort((a, b) => a - b)
  const at = (share) => Math.round(frames[Math.min(frames.length - 1, Math.floor(share * frames.length))])
  console.log(
    `${frames.length} frames in ${updates} s of updates: median ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms; ` +
      `the run was held up for ${following()}`,
  )
  await browser.close()
  await output.stop()
}
