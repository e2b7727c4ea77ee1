/** Outputs of whole runs: what holds for all of them (OUT-…), and results that stay. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { inFolder } from '../helpers/cli.js'
import { poll } from '../helpers/live-run.js'
import { runScript } from '../helpers/run-script.js'
import { startReceiver } from './receiver.js'

const { uncompress } = createRequire(import.meta.url)('snappyjs') as { uncompress(data: Buffer): Buffer }

const QUICK = `
import { Trend } from 'k6/metrics'
const size = new Trend('size')
export const options = { iterations: 2 }
export default function () { size.add(7) }`

const LONG = `
import { sleep } from 'k6'
export const options = { duration: '60s' }
export default function () { sleep(0.05) }`

describe('outputs of a run', () => {
  it('that are unknown end it before any iteration, with the list (OUT-01)', async () => {
    const { exitCode, errors, stdout } = await runScript(QUICK, { flags: ['--out', 'nope=1'] })
    assert.equal(exitCode, 255)
    assert.match(errors[0] ?? '', /^invalid output type 'nope', available types are: aggregates, csv, /)
    assert.ok(!stdout.includes('iterations'))
  })

  it('come from K6_OUT, several at once, and -e configures them (OUT-02, OUT-03)', async () => {
    const receiver = await startReceiver()
    const url = `${receiver.url}/from-e`
    const result = await runScript(QUICK, {
      env: { K6_OUT: 'csv=a.csv,experimental-prometheus-rw', K6_PROMETHEUS_RW_SERVER_URL: `${receiver.url}/from-env` },
      config: { collectors: { 'experimental-prometheus-rw': { url: `${receiver.url}/from-file` } } },
      flags: ['-e', `K6_PROMETHEUS_RW_SERVER_URL=${url}`],
    })
    await receiver.close()
    assert.equal(result.exitCode, 0, String(result.errors))
    assert.match(await result.read('a.csv'), /^size,/m)
    assert.deepEqual([...new Set(receiver.requests.map(({ path }) => path))], ['/from-e'])
  })

  it('never have the number of a VU, of an iteration, or metadata as a label (OUT-09)', async () => {
    const receiver = await startReceiver(() => ({ status: 200 }))
    const script = `
import { Trend } from 'k6/metrics'
import exec from 'k6/execution'
const size = new Trend('size')
export const options = { iterations: 2, tags: { team: 'red' } }
export default function () {
  exec.vu.metrics.metadata.trace = 'one-of-many'
  size.add(7)
}`
    const { exitCode } = await runScript(script, {
      env: { K6_OTEL_EXPORTER_PROTOCOL: 'http/protobuf', K6_OTEL_HTTP_EXPORTER_ENDPOINT: receiver.url },
      flags: [
        ...['--system-tags', 'vu,iter,scenario'],
        ...['--out', `prometheus=${receiver.url}/prometheus`],
        ...['--out', `influxdb=${receiver.url}/db`],
        ...['--out', 'opentelemetry'],
      ],
    })
    await receiver.close()
    assert.equal(exitCode, 0)
    const texts = receiver.requests
      .filter(({ path }) => !path.startsWith('/query'))
      .map(({ path, body }) => [path, (path === '/prometheus' ? uncompress(body) : body).toString()] as const)
    assert.equal(new Set(texts.map(([path]) => path.split('?')[0])).size, 3)
    for (const [path, text] of texts) {
      assert.ok(text.includes('team'), path)
      // As a line of InfluxDB has it, and as a length and a text of protobuf.
      for (const name of ['vu', 'iter', 'trace'])
        for (const label of [`,${name}=`, `\n${String.fromCharCode(name.length)}${name}`])
          assert.ok(!text.includes(label), `${path} has ${name}`)
      assert.ok(!text.includes('one-of-many'), path)
    }
  })

  it('that a server refuses change nothing but one line at the end, unless that was asked for; no line speaks of success (OUT-04, OUT-06, PRW-16)', async () => {
    const receiver = await startReceiver(() => ({ status: 400, body: 'never' }))
    const out = ['--out', `prometheus=${receiver.url}`]
    const usual = await runScript(QUICK, { flags: out })
    const strict = await runScript(QUICK, { flags: [...out, '--out-errors', 'fail'] })
    await receiver.close()
    assert.equal(usual.exitCode, 0)
    assert.equal(
      usual.warnings.filter((line) => /lost \d+ of \d+ values of time series; last error: .*never/.test(line)).length,
      1,
    )
    assert.equal(strict.exitCode, 111)
    assert.ok(
      ![...usual.warnings, ...usual.errors].some((line) =>
        /success|delivered/i.test(line.replace('2xx successful', '')),
      ),
    )
  })

  it('hold up its end by five seconds at most when a server never answers; the summary is there before (OUT-07)', async () => {
    const receiver = await startReceiver(() => ({ status: undefined }))
    const started = performance.now()
    const { exitCode, stdout } = await runScript(QUICK, {
      flags: ['--out', `prometheus=${receiver.url}`, '--out', `influxdb=${receiver.url}/db`],
    })
    const seconds = (performance.now() - started) / 1000
    await receiver.close()
    assert.equal(exitCode, 0)
    assert.match(stdout, /iterations/)
    assert.ok(seconds < 20, `${seconds} s`)
  })

  it('get the last samples when it is interrupted (OUT-05)', async () => {
    const receiver = await startReceiver()
    const { exitCode } = await runScript(LONG, {
      flags: ['--out', `prometheus=${receiver.url}`],
      onStart: (control) => {
        void poll(
          async () => control.stdout(),
          (text) => /[1-9]\d* complete/.test(text),
        ).then(() => control.signal('interrupt'))
      },
    })
    await receiver.close()
    assert.equal(exitCode, 105)
    assert.ok(receiver.requests.length >= 1)
  })

  it('judge a threshold over a time window while it runs, and may end it', async () => {
    const { exitCode, errors } = await runScript(
      `
import { Trend } from 'k6/metrics'
import { sleep } from 'k6'
const rtt = new Trend('rtt', true)
export const options = { duration: '60s', thresholds: { rtt: [{ threshold: 'avg<100 over 2s', abortOnFail: true }] } }
export default function () { rtt.add(500); sleep(0.1) }`,
    )
    assert.equal(exitCode, 99)
    assert.match(errors.join('\n'), /thresholds on metrics 'rtt' were crossed; at least one has abortOnFail enabled/)
  })
})

describe('results that stay', () => {
  it('are compared by the command, and a regression gives exit code 99', () =>
    inFolder(async (folder) => {
      await folder.write(
        'script.js',
        `
import { Trend } from 'k6/metrics'
import { sleep } from 'k6'
const rtt = new Trend('rtt', true)
export const options = { duration: '7s' }
export default function () { for (let i = 0; i < 20; i++) rtt.add((__ENV.FACTOR || 1) * (90 + i)); sleep(0.05) }`,
      )
      const saved = await Promise.all([
        folder.sockeye(['run', '--quiet', '--save', 'a.json', 'script.js']),
        folder.sockeye(['run', '--quiet', '--save', 'b.json.gz', '-e', 'FACTOR=2', 'script.js']),
      ])
      assert.deepEqual(
        saved.map(({ exitCode }) => exitCode),
        [0, 0],
        saved[0]?.stderr,
      )
      const compared = await folder.sockeye(['compare', 'a.json', 'b.json.gz'])
      assert.equal(compared.exitCode, 0, compared.stderr)
      assert.match(compared.stdout, /^rtt +med +[\d.]+ ms +[\d.]+ ms +\+\d+ % +differs$/m)
      const failed = await folder.sockeye([
        'compare',
        '--baseline',
        'a.json',
        'b.json.gz',
        '--fail-on',
        'p(95)>+10%',
        '--format',
        'json',
      ])
      assert.equal(failed.exitCode, 99)
      assert.ok(
        JSON.parse(failed.stdout).rows.some(({ metric, isRegression }: any) => metric === 'rtt' && isRegression),
      )
      assert.equal((await folder.sockeye(['compare', 'a.json'])).exitCode, 255)
      assert.equal((await folder.sockeye(['compare', 'a.json', 'script.js'])).exitCode, 255)
    }))

  it('show the spread of several runs (--repeat)', () =>
    inFolder(async (folder) => {
      await folder.write('script.js', QUICK)
      const { exitCode, stdout, stderr } = await folder.sockeye([
        'run',
        '--quiet',
        '--repeat',
        '3',
        '--save',
        'r.json',
        'script.js',
      ])
      assert.equal(exitCode, 0, stderr)
      assert.match(stdout, /\n3 runs\n\nmetric +min +median +max +variation\n/)
      assert.match(stdout, /^size +p\(95\) +7 +7 +7 +0\.0 %$/m)
      for (const run of [1, 2, 3])
        assert.equal(JSON.parse((await folder.read(`r-${run}.json`)).toString()).format, 'sockeye-result')
    }))

  it('end the run before it begins when they cannot be written', async () => {
    const { exitCode, errors } = await runScript(QUICK, { flags: ['--save', 'script.ts/r.json'] })
    assert.equal(exitCode, 255)
    assert.match(errors[0] ?? '', /could not open 'script.ts\/r.json'/)
  })

  const REFUSED: readonly (readonly [flags: string, message: RegExp])[] = [
    ['--out json=x.txt --out csv=./x.txt', /json \(x\.txt\) and csv \(\.\/x\.txt\) would write the same file/],
    ['--save x.json --summary-export x.json', /result \(x\.json\) and the summary would write the same file/],
    ['--report report.pdf', /a report cannot be a \.pdf file: 'report\.pdf'/],
    ['--baseline missing.json', /could not read the result 'missing\.json': ENOENT: no such file or directory/],
  ]
  for (const [flags, message] of REFUSED) {
    it(`end the run before it begins with ${flags}`, async () => {
      const { exitCode, errors } = await runScript(QUICK, { flags: flags.split(' ') })
      assert.equal(exitCode, 255)
      assert.match(errors.join('\n'), message)
    })
  }
})
