/**
 * Nanoseconds per sample of the text outputs on the main thread, against a loop over the values alone.
 *
 * Usage   npm run bench -- output
 * Smoke
 */
import { Writable } from 'node:stream'
import { internals } from './lib.mjs'

const { Log } = await internals('log/log')
const { SampleRecorder } = await internals('metrics/recorder')
const { MetricRegistry } = await internals('metrics/registry')
const { DEFAULT_SYSTEM_TAGS } = await internals('metrics/system-tags')
const { TagInterner } = await internals('metrics/tag-set')
const { createOutput } = await internals('output/create-output')
const { Outputs } = await internals('output/outputs')

const SAMPLES = 100_000
const ROUNDS = 10

const recorder = new SampleRecorder(() => performance.timeOrigin + performance.now())
const registry = new MetricRegistry([], recorder)
const tags = new TagInterner().root.withAll({
  scenario: 'default',
  group: '',
  url: 'ws://localhost:1234/',
  status: '101',
})
const series = registry.series(registry.declare('ws_ping', 'trend', 'time'), tags)
const batches = Array.from({ length: ROUNDS }, () => {
  for (let i = 0; i < SAMPLES; i++) series.add(Math.random() * 100)
  return recorder.take()
})

const stdout = new Writable({ write: (_chunk, _encoding, done) => done() })
const context = {
  log: new Log('error', () => {}),
  stdout,
  env: {},
  config: {},
  systemTags: DEFAULT_SYSTEM_TAGS,
  thresholds: [],
}
const walk = {
  description: 'walk',
  start: async () => {},
  onSamples({ value }) {
    for (const each of value) if (each < 0) throw new Error('negative')
  },
  stop: async () => {},
}

const rows = []
for (const [name, output] of [
  ['walk the columns', walk],
  ['json', await createOutput('json=-', context)],
  ['csv', await createOutput('csv=-', context)],
]) {
  const outputs = new Outputs([output], context.log)
  await outputs.start()
  let best = Number.POSITIVE_INFINITY
  for (const batch of batches) {
    const start = process.hrtime.bigint()
    outputs.onSamples(0, batch)
    best = Math.min(best, Number(process.hrtime.bigint() - start) / SAMPLES)
    await new Promise(setImmediate)
  }
  await outputs.stop()
  rows.push({ output: name, 'ns/sample': Number(best.toFixed(1)) })
}
console.table(rows)
