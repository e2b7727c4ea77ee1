import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createOutput } from '../../src/output/create-output.js'
import { annotations, jobSummary } from '../../src/output/github/github-output.js'
import { junitXml } from '../../src/output/junit/junit-output.js'
import { Outputs } from '../../src/output/outputs.js'
import type { RunResult } from '../../src/output/run-result.js'
import { poll } from '../helpers/live-run.js'
import { contextOf, RecordingShard, Text } from './fixtures.js'

const RESULT: RunResult = {
  verdict: 'failed',
  exitCode: 99,
  reason: "thresholds on metrics 'rtt' have been crossed",
  script: 'a|b.js',
  startedAt: Date.UTC(2026, 10, 21, 5),
  durationMs: 1500,
  thresholds: [
    { metric: 'rtt{kind:a}', source: 'p(95)<200', ok: false, value: 312.5, limit: 200 },
    { metric: 'rtt', source: 'avg<1', ok: true, value: 0.5, limit: 1 },
  ],
  checks: [
    { name: 'is <ok> & "fine"\u0007\n::error::forged', group: '::cart', passes: 3, fails: 1 },
    { name: 'same', group: '', passes: 1, fails: 0 },
    { name: 'same', group: '', passes: 1, fails: 0 },
  ],
  metrics: [{ name: 'rtt', type: 'trend', contains: 'time', values: { avg: 1.23456789 } }],
}

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outputs-'))
})
after(() => rm(folder, { recursive: true }))

describe('the output junit', () => {
  it('has a case per threshold and check, with unique names, and no character that XML cannot hold (CI-02)', () => {
    const xml = junitXml(RESULT)
    assert.match(
      xml,
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="sockeye" tests="5" failures="2" errors="0" time="1.500">/,
    )
    assert.match(
      xml,
      /<testcase classname="sockeye.thresholds.rtt" name="rtt\{kind:a\}: p\(95\)&lt;200" time="0">\n {6}<failure message="observed 312.5ms, limit 200"/,
    )
    assert.match(xml, /name="is &lt;ok&gt; &amp; &quot;fine&quot;&#10;::error::forged"/)
    assert.match(xml, /name="same"/)
    assert.match(xml, /name="same \(2\)"/)
    assert.match(xml, /timestamp="2026-11-21T05:00:00"/)
  })

  it('writes its file at the end, in a folder that it makes', async () => {
    const output = await createOutput('junit=reports/junit.xml', contextOf({ workingDirectory: folder }).context)
    await output.start()
    output.onEnd?.(RESULT)
    await output.stop()
    assert.equal(await readFile(join(folder, 'reports', 'junit.xml'), 'utf8'), junitXml(RESULT))
  })

  it('ends the run before it begins when its file cannot be written', async () => {
    await writeFile(join(folder, 'file'), '')
    for (const path of ['.', 'file/junit.xml']) {
      const output = await createOutput(`junit=${path}`, contextOf({ workingDirectory: folder }).context)
      await assert.rejects(async () => output.start(), { code: 'ERR_OUTPUT_FAILED', exitCode: 255 })
    }
  })
})

describe('the output github', () => {
  it('annotates failures, the worst first, and no text can forge a command (CI-01)', () => {
    assert.equal(
      annotations(RESULT),
      '::error title=Threshold failed::rtt{kind:a}: p(95)<200, observed 312.5ms\n' +
        '::error title=Check failed::is <ok> & "fine"\u0007%0A::error::forged: failed 1 of 4 times\n',
    )
  })

  it('shows ten annotations and says how many more there are', () => {
    const checks = Array.from({ length: 30 }, (_, i) => ({ name: `c${i}`, group: '', passes: 0, fails: i + 1 }))
    const lines = annotations({ ...RESULT, checks })
      .trimEnd()
      .split('\n')
    assert.equal(lines.length, 10)
    assert.equal(lines.at(-1), '::error title=More failures::and 22 more')
  })

  it('has a job summary below 1 MiB in which texts are no markup', () => {
    const checks = Array.from({ length: 20_000 }, (_, i) => ({
      name: `<img src=x> | ${i} ${'x'.repeat(100)}`,
      group: '',
      passes: 0,
      fails: 1,
    }))
    const text = jobSummary({ ...RESULT, checks })
    assert.ok(text.length < 1024 * 1024)
    assert.ok(!text.includes('<img'))
    assert.match(text, /^## ❌ <code>a&#124;b\.js<\/code>: failed\n/)
  })

  it('shows the values of metrics with their units', () => {
    const metrics: RunResult['metrics'] = [
      {
        name: 'rtt',
        type: 'trend',
        contains: 'time',
        values: { avg: 1.23456789, max: Number.POSITIVE_INFINITY, count: 12 },
      },
      { name: 'data_sent', type: 'counter', contains: 'data', values: { count: 2_345_678 } },
      { name: 'checks', type: 'rate', contains: 'default', values: { rate: 0.99999, passes: 99_999 } },
    ]
    const text = jobSummary({ ...RESULT, metrics })
    assert.ok(text.includes('| <code>rtt</code> | avg=1.23ms, max=–, count=12 |'), text)
    assert.ok(text.includes('| <code>data&#95;sent</code> | count=2.3 MB |'), text)
    assert.ok(text.includes('| <code>checks</code> | rate=99.99%, passes=99999 |'), text)
  })

  it('writes only under GitHub Actions', async () => {
    for (const [isActive, expected] of [
      ['true', annotations(RESULT)],
      ['false', ''],
    ] as const) {
      const stdout = new Text()
      const summary = join(folder, `summary-${isActive}.md`)
      const env = { GITHUB_ACTIONS: isActive, GITHUB_STEP_SUMMARY: summary }
      const output = await createOutput('github', contextOf({ stdout, env }).context)
      await output.start()
      output.onEnd?.(RESULT)
      await output.stop()
      assert.equal(stdout.text, expected)
      assert.equal(await readFile(summary, 'utf8').catch(() => ''), isActive === 'true' ? jobSummary(RESULT) : '')
    }
  })
})

describe('the outputs statsd and datadog', () => {
  const LINE = /^([^:|@#\n]+):(-?[0-9.eE+-]+)\|(c|g|ms|d)(?:\|#([^|]*))?$/

  async function received(
    type: string,
    env: Record<string, string>,
    add: (shard: RecordingShard) => void,
  ): Promise<string[]> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const datagrams: string[] = []
    socket.on('message', (message) => datagrams.push(message.toString()))
    const { context } = contextOf({ env: { K6_STATSD_ADDR: `127.0.0.1:${socket.address().port}`, ...env } })
    const output = await createOutput(type, context)
    const outputs = new Outputs([output], context.log)
    await outputs.start()
    const shard = new RecordingShard()
    add(shard)
    outputs.onSamples(0, structuredClone(shard.recorder.take()))
    await outputs.stop()
    const { delivered = 0 } = output.delivery?.() ?? {}
    await poll(
      async () => datagrams.flatMap((text) => text.split('\n')).length,
      (count) => count >= delivered,
    )
    socket.close()
    assert.ok(datagrams.every((text) => Buffer.byteLength(text) <= 1432))
    return datagrams.join('\n').split('\n')
  }

  it('send lines of the grammar: counters summed up, each value of a trend (STD-01)', async () => {
    const lines = await received('statsd', {}, (shard) => {
      shard.add('hits', 1, { url: 'x' })
      shard.add('hits', 2)
      for (let i = 0; i < 500; i++) shard.add('rtt', i + 0.5)
    })
    assert.ok(
      lines.every((line) => LINE.test(line)),
      lines.find((line) => !LINE.test(line)),
    )
    assert.equal(lines.length, 501)
    assert.equal(lines[0], 'k6.hits:3|c')
    assert.equal(lines[1], 'k6.rtt:0.5|ms')
  })

  it('have tags for Datadog, without those that are too varied and what would end a tag', async () => {
    const lines = await received('datadog', { K6_STATSD_NAMESPACE: 'load', K6_STATSD_DISTRIBUTIONS: 'true' }, (shard) =>
      shard.add('rtt', 1, { scenario: 'a|b,c', url: 'http://x', vu: '7', iter: '8', empty: '' }),
    )
    assert.deepEqual(lines, ['load.rtt:1|d|#scenario:a_b_c'])
  })
})

describe('an output module', () => {
  const SOURCE = `
export default function (argument, context) {
  return {
    description: 'mine (' + argument + ')',
    start() {},
    onSamples(samples) { context.stdout.write(samples.length + ' samples') },
    stop() {},
  }
}`

  it('is loaded from a file, as an ES module or CommonJS', async () => {
    await writeFile(join(folder, 'mine.mjs'), SOURCE)
    await writeFile(join(folder, 'mine.cjs'), SOURCE.replace('export default', 'module.exports ='))
    for (const file of ['mine.mjs', 'mine.cjs']) {
      const stdout = new Text()
      const { context } = contextOf({ stdout, workingDirectory: folder })
      const output = await createOutput(`./${file}=here`, context)
      assert.equal(output.description, 'mine (here)')
      const outputs = new Outputs([output], context.log)
      assert.equal(outputs.wantsSamples, true)
      const shard = new RecordingShard()
      shard.add('hits', 1)
      outputs.onSamples(0, shard.recorder.take())
      assert.equal(stdout.text, '1 samples')
    }
  })

  const BAD: [source: string, message: RegExp][] = [
    ['export const a = 1', /has no default export that is a function/],
    ['export default () => ({})', /is no output: it needs a description, start\(\) and stop\(\)/],
    ['export default () => { throw new Error("no key") }', /could not create the '.*' output: no key/],
    ['this is no module', /could not load the output module/],
  ]
  for (const [i, [source, message]] of BAD.entries()) {
    it(`is refused when it is: ${source}`, async () => {
      await writeFile(join(folder, `bad-${i}.mjs`), source)
      const { context } = contextOf({ workingDirectory: folder })
      await assert.rejects(createOutput(`./bad-${i}.mjs`, context), { message, exitCode: 255 })
    })
  }

  it('is refused when it is not there', () =>
    assert.rejects(createOutput('./nowhere.mjs', contextOf().context), {
      message: /could not find the output module '.\/nowhere.mjs'/,
    }))
})
