import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { PageData } from '../../src/report/page-data.js'
import { reportBytes } from '../../src/report/render-report.js'
import type { ResultFile, SavedSeries } from '../../src/report/result-file.js'
import { encodeSketch } from '../../src/sketch/codec.js'
import { Sketch } from '../../src/sketch/sketch.js'

const HOSTILE = '</script><script>alert(1)</script> `x` | **y**'

function result(): ResultFile {
  const sketch = new Sketch()
  for (let i = 1; i <= 100; i++) sketch.add(i)
  const state = sketch.take()
  return {
    format: 'sockeye-result',
    formatVersion: 1,
    madeBy: 'sockeye 1.2.3',
    verdict: 'failed',
    exitCode: 99,
    reason: "thresholds on metrics 'rtt' have been crossed",
    script: 'chat.ts',
    startedAt: Date.UTC(2026, 10, 21, 5),
    durationMs: 3000,
    thresholds: [{ metric: 'rtt', source: 'p(95)<50', ok: false, value: 95, limit: 50 }],
    checks: [{ name: HOSTILE, group: '::login', passes: 3, fails: 1 }],
    metrics: [{ name: 'rtt', type: 'trend', contains: 'time', values: { 'p(95)': 95 } }],
    errors: { listed: [{ message: HOSTILE, count: 7, scenario: 'chat', place: 'chat.ts:1:2' }], others: 0 },
    series: [
      {
        name: 'rtt',
        metric: 'rtt',
        type: 'trend',
        contains: 'time',
        points: [[0, 1000, 100, 5050, Buffer.from(encodeSketch(state)).toString('base64')]],
      },
    ],
  }
}

function dataIn(html: string): PageData {
  const [, text = ''] = /id="run">([^<]*)</.exec(html) ?? []
  return JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString('utf8')) as PageData
}

const html = await textOf(result(), 'report.html')

async function textOf(file: ResultFile, path: string): Promise<string> {
  return Buffer.from(await reportBytes(file, path)).toString('utf8')
}

describe('reports', () => {
  it('an HTML report holds its data and a policy that lets it load and send nothing (WEB-03)', () => {
    assert.match(
      html,
      /Content-Security-Policy" content="default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/,
    )
    assert.match(html, /connect-src 'none'/)
    assert.doesNotMatch(html, /(src|href)="(?!data:)/)
    const { state, result: shown, series } = dataIn(html)
    assert.equal(state, 'ended')
    assert.equal(shown.verdict, 'failed')
    const [offset, width, count, avg, p50, p90, p95, p99, max] = series[0]?.points[0] ?? []
    assert.deepEqual([offset, width, count, avg, max], [0, 1000, 100, 50.5, 100])
    for (const [value, expected] of [
      [p50, 50],
      [p90, 90],
      [p95, 95],
      [p99, 99],
    ] as const)
      assert.ok(Math.abs((value ?? 0) - expected) <= 1.6, `${value} instead of ${expected}`)
  })

  it('no text of a target or a script is markup in either form', async () => {
    assert.ok(!html.includes('alert(1)'))
    assert.equal(dataIn(html).result.errors?.listed[0]?.message, HOSTILE)
    const markdown = await textOf({ ...result(), notes: ['part 2 was lost:\n *'] }, 'report.md')
    assert.match(markdown, /^# `chat.ts`: ✗ failed$/m)
    assert.ok(markdown.includes('> **Mind:** part 2 was lost: \\*'), markdown)
    assert.match(markdown, /^\| ✗ \| `rtt` \| `p\(95\)<50` \| 95ms \|$/m)
    assert.ok(markdown.includes('login › &#60;/script&#62;'), markdown)
    assert.ok(markdown.includes('| 7 | `` </script><script>alert(1)</script> `x` \\| **y** `` | chat |'), markdown)
  })

  it('of an hour with forty trends stays below 1 MB', async () => {
    const trend = (index: number): SavedSeries => ({
      name: `trend_${index}`,
      metric: `trend_${index}`,
      type: 'trend',
      contains: 'time',
      points: Array.from({ length: 450 }, (_, point) => {
        const sketch = new Sketch()
        for (let i = 1; i <= 20; i++) sketch.add(i * (1 + Math.sin(point * index + i)))
        const state = sketch.take()
        return [point * 8000, 8000, 20, state.sum, Buffer.from(encodeSketch(state)).toString('base64')]
      }),
    })
    const series = Array.from({ length: 40 }, (_, index) => trend(index + 1))
    const { length } = await reportBytes({ ...result(), durationMs: 3_600_000, series }, 'report.html')
    assert.ok(length < 1e6, `${length} bytes`)
  })

  it('a name that ends in .gz is compressed', async () => {
    assert.equal(gunzipSync(await reportBytes(result(), 'report.html.gz')).toString('utf8'), html)
  })
})
