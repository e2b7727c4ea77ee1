import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { SeriesChange } from '../../src/metrics/series-sink.js'
import { createOutput } from '../../src/output/create-output.js'
import type { Output, OutputContext, Samples } from '../../src/output/output.js'
import { Outputs } from '../../src/output/outputs.js'
import { timeFormatter } from '../../src/output/time-format.js'
import { parseThresholds } from '../../src/threshold/parse.js'
import { poll } from '../helpers/live-run.js'
import { contextOf, RecordingShard, Text, TIME } from './fixtures.js'

let folder: string
let zone: string | undefined
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'outputs-'))
  zone = process.env['TZ']
  process.env['TZ'] = 'UTC'
})
after(() => {
  rmSync(folder, { recursive: true })
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

/** Runs one output over two batches of one shard and gives what it logged. */
async function runOutput(argument: string, overrides: Partial<OutputContext> = {}): Promise<string[]> {
  const { context, messages } = contextOf(overrides)
  const outputs = new Outputs([await createOutput(argument, context)], context.log)
  await outputs.start()
  const shard = new RecordingShard()
  shard.add('rtt', 1.5, { scenario: 'default', group: '' })
  shard.add('hits', 1)
  outputs.onSamples(0, structuredClone(shard.recorder.take()))
  shard.recorder.metadata = { vu: '1', iter: '0' }
  shard.add('rtt', 2, { url: 'ws://x/?a=1,2', custom: 'say "hi"', other: '1', group: '' })
  outputs.onSamples(0, structuredClone(shard.recorder.take()))
  await outputs.stop()
  await outputs.stop()
  return messages
}

const JSON_LINES = [
  '{"type":"Metric","data":{"name":"rtt","type":"trend","contains":"time","thresholds":[],"submetrics":null},"metric":"rtt"}',
  '{"metric":"rtt","type":"Point","data":{"time":"2026-11-21T05:00:00.123456Z","value":1.5,"tags":{"group":"","scenario":"default"}}}',
  '{"type":"Metric","data":{"name":"hits","type":"counter","contains":"default","thresholds":[],"submetrics":null},"metric":"hits"}',
  '{"metric":"hits","type":"Point","data":{"time":"2026-11-21T05:00:00.124456Z","value":1,"tags":{}}}',
  '{"metric":"rtt","type":"Point","data":{"time":"2026-11-21T05:00:00.125456Z","value":2,"tags":{"custom":"say \\"hi\\"","group":"","other":"1","url":"ws://x/?a=1,2"},"metadata":{"iter":"0","vu":"1"}}}',
]
const JSON_TEXT = JSON_LINES.map((line) => `${line}\n`).join('')

describe('the output json', () => {
  it('writes metrics once and every sample to a file', async () => {
    const path = join(folder, 'out.json')
    assert.deepEqual(await runOutput(`json=${path}`), [])
    assert.equal(readFileSync(path, 'utf8'), JSON_TEXT)
  })

  it('compresses when the name ends in .gz', async () => {
    const path = join(folder, 'out.json.gz')
    await runOutput(`json=${path}`)
    assert.equal(gunzipSync(readFileSync(path)).toString(), JSON_TEXT)
  })

  for (const argument of ['json', 'json=', 'json=-']) {
    it(`writes to stdout for "${argument}" and leaves it open`, async () => {
      const stdout = new Text()
      await runOutput(argument, { stdout })
      assert.equal(stdout.text, JSON_TEXT)
      assert.equal(stdout.writableEnded, false)
      assert.equal(stdout.listenerCount('error'), 0)
    })
  }

  it('describes thresholds and submetrics of a metric', async () => {
    const stdout = new Text()
    const thresholds = parseThresholds({
      rtt: ['p(99)<250', { threshold: 'avg<1', abortOnFail: true, delayAbortEval: '1m' }],
      'rtt{a:1,b:2}': ['max<1'],
    })
    await runOutput('json', { stdout, thresholds })
    assert.deepEqual(JSON.parse(stdout.text.split('\n')[0] ?? ''), {
      type: 'Metric',
      data: {
        name: 'rtt',
        type: 'trend',
        contains: 'time',
        thresholds: ['p(99)<250', { threshold: 'avg<1', abortOnFail: true, delayAbortEval: '1m0s' }],
        submetrics: [{ name: 'rtt{a:1,b:2}', suffix: 'a:1,b:2', tags: { a: '1', b: '2' } }],
      },
      metric: 'rtt',
    })
  })

  it('is named in the text before a run', async () => {
    const { context } = contextOf()
    assert.equal((await createOutput('json=a.json', context)).description, 'json (a.json)')
    assert.equal((await createOutput('json=a.json?drop', context)).description, 'json (a.json)')
    assert.equal((await createOutput('json', context)).description, 'json(stdout)')
    assert.equal(new Outputs([], context.log).description, '-')
  })
})

describe('the output csv', () => {
  it('has a column for each enabled system tag', async () => {
    const stdout = new Text()
    await runOutput('csv=-', { stdout })
    const second = Math.floor(TIME / 1000)
    assert.equal(
      stdout.text,
      'metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,' +
        'status,subproto,tls_version,url,extra_tags,metadata\n' +
        `rtt,${second},1.500000,,,,,,,,,default,,,,,,,\n` +
        `hits,${second},1.000000,,,,,,,,,,,,,,,,\n` +
        `rtt,${second},2.000000,,,,,,,,,,,,,,"ws://x/?a=1,2","custom=say ""hi""&other=1",iter=0&vu=1\n`,
    )
  })

  it('reads its options from file, environment and argument, the last one winning', async () => {
    const stdout = new Text()
    await runOutput('csv=timeFormat=rfc3339_nano', {
      stdout,
      systemTags: ['vu', 'scenario'],
      config: { csv: { file_name: 'nowhere/file.csv', time_format: 'unix_nano' } },
      env: { K6_CSV_FILENAME: '-', K6_CSV_SAVE_INTERVAL: '5s', K6_CSV_TIME_FORMAT: 'unix' },
    })
    assert.equal(
      stdout.text.split('\n').slice(0, 2).join('\n'),
      'metric_name,timestamp,metric_value,scenario,extra_tags,metadata\nrtt,2026-11-21T05:00:00.123456Z,1.500000,default,group=,',
    )
  })

  const BAD: [argument: string, message: RegExp][] = [
    ['csv=fileName=x,rest', /^couldn't parse "fileName=x,rest" as argument for csv output$/],
    ['csv=name=x', /^unknown key "name" as argument for csv output$/],
    ['csv=timeFormat=iso', /^timeFormat of the csv output must be one of unix, .*, got "iso"$/],
    ['csv=saveInterval=often', /^saveInterval of the csv output must be a duration above 0, got "often"$/],
  ]
  for (const [argument, message] of BAD) {
    it(`refuses ${argument}`, () =>
      assert.rejects(createOutput(argument, contextOf().context), { message, exitCode: 255 }))
  }

  it('has a default file', async () => {
    assert.equal((await createOutput('csv', contextOf().context)).description, 'csv (file.csv)')
  })
})

describe('an unknown output', () => {
  const { context } = contextOf()
  it('is refused with the types there are', async () => {
    await assert.rejects(createOutput('nope=1', context), {
      message:
        "invalid output type 'nope', available types are: aggregates, csv, datadog, experimental-opentelemetry, " +
        'experimental-prometheus-rw, github, influxdb, json, junit, opentelemetry, prometheus, statsd',
      exitCode: 255,
    })
    await assert.rejects(createOutput('constructor', context), /invalid output type 'constructor'/)
  })
  for (const type of ['kafka', 'cloud']) {
    it(`is explained when it is ${type}`, () =>
      assert.rejects(createOutput(type, context), new RegExp(`the ${type} output`)))
  }
})

describe('an output in trouble', () => {
  it('that cannot open its file ends the run before it begins, and what has started is closed', async () => {
    const { context, messages } = contextOf({})
    const fine = join(folder, 'fine.json')
    const missing = join(folder, 'missing', 'out.csv')
    const outputs = new Outputs(
      await Promise.all(
        [`json=${fine}`, `csv=${missing}`, `json=${folder}`].map((text) => createOutput(text, context)),
      ),
      context.log,
    )
    await assert.rejects(outputs.start(), {
      code: 'ERR_OUTPUT_FAILED',
      exitCode: 255,
      message:
        `the output csv (${missing}) could not be started: could not open '${missing}': ENOENT: no such file or directory; ` +
        `the output json (${folder}) could not be started: could not open '${folder}': EISDIR: illegal operation on a directory`,
    })
    assert.deepEqual(messages, [])
    assert.equal(readFileSync(fine, 'utf8'), '')
  })

  // The device is Linux's; the closed pipe below takes the same path elsewhere.
  const fullDisk = existsSync('/dev/full') ? it : () => undefined
  fullDisk('that meets a full disk is reported once', async () => {
    const messages = await runOutput('json=/dev/full')
    assert.equal(messages.length, 1)
    assert.match(messages[0] ?? '', /^error: the json output to '\/dev\/full' failed, .*; the test goes on: .*ENOSPC/)
  })

  it('that meets a closed pipe is reported once', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    })
    const messages = await runOutput('csv=-', { stdout })
    assert.equal(messages.length, 1)
    assert.match(messages[0] ?? '', /^error: the csv output to stdout failed, .*: write EPIPE$/)
  })

  it('that throws does not harm the others', async () => {
    const { context, messages } = contextOf()
    const seen: number[] = []
    const good: Output = {
      description: 'good',
      start: async () => undefined,
      onSamples: (samples: Samples) => void seen.push(samples.length),
      stop: async () => undefined,
    }
    const bad: Output = {
      ...good,
      description: 'bad',
      onSamples: () => {
        throw new Error('broken')
      },
    }
    const outputs = new Outputs([bad, good], context.log)
    await outputs.start()
    const shard = new RecordingShard()
    for (let i = 0; i < 2; i++) {
      shard.add('hits', 1)
      outputs.onSamples(0, shard.recorder.take())
    }
    await outputs.stop()
    assert.deepEqual(seen, [1, 1])
    assert.deepEqual(messages, ['error: the output bad failed and was stopped, the test goes on without it: broken'])
  })

  it('whose methods are async, and whose stop() throws, is stopped like one that throws', async () => {
    const { context, messages } = contextOf()
    const stopped: string[] = []
    const failing = (description: string, methods: Partial<Output>): Output => ({
      description,
      start: () => undefined,
      stop: () => {
        stopped.push(description)
        throw new Error('stop fails, too')
      },
      ...methods,
    })
    const rejects = () => Promise.reject(new Error('broken'))
    const throws = () => {
      throw new Error('broken')
    }
    const all = [
      failing('a', { onSeries: rejects }),
      failing('b', { onSeries: throws }),
      failing('c', { onSamples: rejects }),
    ]
    const outputs = new Outputs(all, context.log)
    await outputs.start()
    outputs.onSeries([{} as SeriesChange])
    const shard = new RecordingShard()
    shard.add('hits', 1)
    await new Promise<void>((resolve) => outputs.onSamples(0, shard.recorder.take(), resolve))
    await outputs.stop()
    assert.deepEqual(stopped.toSorted(), ['a', 'b', 'c'])
    assert.deepEqual(
      messages.toSorted(),
      all.map(
        ({ description }) =>
          `error: the output ${description} failed and was stopped, the test goes on without it: broken`,
      ),
    )
  })

  it('that is too slow drops samples when it was asked to, instead of keeping them all', async () => {
    const stuck: (() => void)[] = []
    const stdout = new Writable({ write: (_chunk, _encoding, done) => void stuck.push(done) })
    const { context, messages } = contextOf({ stdout })
    const outputs = new Outputs([await createOutput('json=-?drop', context)], context.log)
    await outputs.start()
    const shard = new RecordingShard()
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 100; i++) shard.add('hits', i, { long: 'x'.repeat(100_000) })
      outputs.onSamples(0, shard.recorder.take())
    }
    assert.ok(stdout.writableLength < 128 * 1024 * 1024)
    // Whoever drops holds up no shard.
    let isTaken = false
    shard.add('hits', 1)
    outputs.onSamples(0, shard.recorder.take(), () => {
      isTaken = true
    })
    assert.ok(isTaken)
    while (stuck.length > 0) stuck.shift()?.()
    const stopped = outputs.stop()
    const release = setInterval(() => stuck.shift()?.(), 1)
    await stopped
    clearInterval(release)
    assert.match(messages[0] ?? '', /^warning: the json output to stdout is too slow for all samples/)
    outputs.account()
    assert.match(messages[1] ?? '', /^warning: the output json\(stdout\) lost \d+ of 1201 samples; .* too slow$/)
    assert.equal(messages.length, 2)
  })
})

describe('an output that loses nothing', () => {
  it('says when it has room again: its target has taken what was waiting', async () => {
    const stuck: (() => void)[] = []
    const stdout = new Writable({ write: (_chunk, _encoding, done) => void stuck.push(done) })
    const { context, messages } = contextOf({ stdout })
    const outputs = new Outputs([await createOutput('json', context)], context.log)
    await outputs.start()
    const shard = new RecordingShard()
    let taken = 0
    const send = (samples: number): void => {
      for (let i = 0; i < samples; i++) shard.add('hits', i, { long: 'x'.repeat(100_000) })
      outputs.onSamples(0, shard.recorder.take(), () => taken++)
    }
    send(1)
    assert.equal(taken, 1)
    send(100)
    assert.equal(taken, 1)
    const release = setInterval(() => stuck.shift()?.(), 1)
    await poll(
      async () => taken,
      (count) => count === 2,
    )
    await outputs.stop()
    clearInterval(release)
    assert.deepEqual(outputs.account(), [])
    assert.deepEqual(messages, [])
  })

  it('fails the run when its file is lost on the way', async () => {
    const { context, messages } = contextOf()
    const outputs = new Outputs([await createOutput('json=/dev/full', context)], context.log)
    await outputs.start()
    const shard = new RecordingShard()
    shard.add('hits', 1)
    outputs.onSamples(0, shard.recorder.take())
    await outputs.stop()
    const [loss] = outputs.account()
    assert.equal(loss?.delivery.lost, 1)
    assert.match(
      messages.at(-1) ?? '',
      /^error: the output json \(\/dev\/full\) lost 1 of 1 samples; last error: .*ENOSPC/,
    )
  })
})

describe('samples of several shards', () => {
  it('are understood with the numbers of their own shard', async () => {
    const stdout = new Text()
    const { context } = contextOf({ stdout })
    const outputs = new Outputs([await createOutput('json', context)], context.log)
    assert.equal(outputs.wantsSamples, true)
    await outputs.start()
    const [one, two] = [new RecordingShard(), new RecordingShard()]
    one.add('hits', 1, { from: 'one' })
    two.add('rtt', 2, { from: 'two' })
    two.add('hits', 3, { from: 'three' })
    outputs.onSamples(1, one.recorder.take())
    outputs.onSamples(2, two.recorder.take())
    await outputs.stop()
    const points = stdout.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'Point')
    assert.deepEqual(
      points.map(({ metric, data }) => [metric, data.value, data.tags.from]),
      [
        ['hits', 1, 'one'],
        ['rtt', 2, 'two'],
        ['hits', 3, 'three'],
      ],
    )
  })
})

describe('times of samples', () => {
  const TABLE: [format: Parameters<typeof timeFormatter>[0], text: string][] = [
    ['unix', '1795237200'],
    ['unix_milli', '1795237200123'],
    ['unix_micro', '1795237200123456'],
    ['unix_nano', '1795237200123456000'],
    ['rfc3339', '2026-11-21T05:00:00Z'],
    ['rfc3339_nano', '2026-11-21T05:00:00.123456Z'],
  ]
  for (const [format, text] of TABLE) {
    it(`are ${text} as ${format}`, () => assert.equal(timeFormatter(format)(TIME), text))
  }

  it('have the offset of the local zone and no zeros at the end', () => {
    process.env['TZ'] = 'Asia/Kolkata'
    const format = timeFormatter('rfc3339_nano')
    assert.equal(format(Date.UTC(2026, 10, 21, 5)), '2026-11-21T10:30:00+05:30')
    assert.equal(format(Date.UTC(2026, 10, 21, 5) + 500), '2026-11-21T10:30:00.5+05:30')
    process.env['TZ'] = 'America/New_York'
    assert.equal(timeFormatter('rfc3339')(Date.UTC(2026, 10, 21, 5)), '2026-11-21T00:00:00-05:00')
    process.env['TZ'] = 'UTC'
  })
})
