/**
 * Outputs against the receivers of Debian: Prometheus with its remote write receiver, and InfluxDB 1. Runs where the variable
 * SOCKEYE_DEBIAN_TESTS is set; a missing server is then a failure.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort } from '../conformance/websockets-support.js'
import { poll } from '../helpers/live-run.js'
import { runScript } from '../helpers/run-script.js'

const skip = process.env['SOCKEYE_DEBIAN_TESTS'] === undefined && 'SOCKEYE_DEBIAN_TESTS is not set'

const SCRIPT = `
import { group } from 'k6'
import { Counter, Gauge, Rate, Trend } from 'k6/metrics'
const items = new Counter('shop_items'), depth = new Gauge('shop_depth'), wins = new Rate('shop_wins'), latency = new Trend('shop_latency', true)
export const options = { iterations: 4, tags: { testid: 'deb' } }
export default function () {
  group('cart', () => {
    items.add(1, { 'odd-tag': 'a b', newline: 'x\\nevil value=1', empty: '' })
    items.add(2, { 'odd_tag': 'ü😀', __name__: 'forged' })
    depth.add(7); wins.add(__ITER !== 2); latency.add(100 * (__ITER + 1))
  })
}`

/** Starts a server in a folder of its own and waits until it answers. */
async function serve(command: string, args: readonly string[], folder: string, url: string): Promise<ChildProcess> {
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore' })
  let failure: Error | undefined
  child.on('error', (error) => {
    failure = error
  })
  await poll(
    async () => {
      if (failure !== undefined) throw failure
      return fetch(url).then(
        ({ status }) => status,
        () => 0,
      )
    },
    (status) => status >= 200 && status < 300,
  )
  return child
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

describe('Prometheus', { skip }, () => {
  let folder: string
  let url: string
  let server: ChildProcess

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sockeye-prometheus-'))
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    await writeFile(join(folder, 'prometheus.yml'), '')
    server = await serve(
      'prometheus',
      [
        '--config.file=prometheus.yml',
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
        '--enable-feature=native-histograms',
      ],
      folder,
      `${url}/-/ready`,
    )
  })
  after(async () => {
    await end(server)
    await rm(folder, { recursive: true, force: true })
  })

  async function query(text: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(text)}`)
    return ((await answer.json()) as any).data.result
  }

  const run = (env: Record<string, string> = {}, flags: string[] = []) =>
    runScript(SCRIPT, { flags: ['--out', `experimental-prometheus-rw=${url}/api/v1/write`, ...flags], env })

  it('stores every series of a run (PRW-01, PRW-14)', async () => {
    const { exitCode, errors, warnings } = await run()
    assert.deepEqual([exitCode, errors, warnings.filter((line) => line.includes('lost'))], [0, [], []])
    const value = async (text: string) => (await query(text))[0]?.value[1]
    assert.equal(await value('sum(k6_shop_items_total{testid="deb"})'), '12')
    assert.equal(await value('k6_shop_items_total{odd_tag="a b"}'), '4')
    assert.equal(await value('k6_shop_depth{group="::cart"}'), '7')
    assert.equal(await value('k6_shop_wins_rate'), '0.75')
    assert.equal(await value('k6_shop_latency_p99'), '0.397')
    assert.equal(await value('k6_iterations_total{scenario="default"}'), '4')
  })

  it('answers quantiles of native histograms (PRW-06)', async () => {
    await run({}, ['--features', 'native-histograms'])
    const [result] = await query('histogram_quantile(0.5, k6_shop_latency_seconds)')
    assert.ok(Math.abs(Number(result?.value[1]) - 0.21) < 0.02, JSON.stringify(result))
  })

  it('forgets the series at once when they are marked as stale (PRW-07)', async () => {
    await run({ K6_PROMETHEUS_RW_STALE_MARKERS: 'true' }, ['--tag', 'testid=stale'])
    assert.deepEqual(await query('{__name__=~"k6_.*",testid="stale"}'), [])
    assert.notDeepEqual(await query('count_over_time(k6_iterations_total{testid="stale"}[5m])'), [])
  })
})

describe('InfluxDB', { skip }, () => {
  let folder: string
  let url: string
  let server: ChildProcess

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sockeye-influxdb-'))
    const [port, rpc] = [await freePort(), await freePort()]
    url = `http://127.0.0.1:${port}`
    await writeFile(
      join(folder, 'influxdb.conf'),
      `reporting-disabled = true\nbind-address = "127.0.0.1:${rpc}"\n[meta]\ndir = "${folder}/meta"\n[data]\ndir = "${folder}/data"\nwal-dir = "${folder}/wal"\n` +
        `[http]\nbind-address = "127.0.0.1:${port}"\nlog-enabled = false\n[monitor]\nstore-enabled = false\n`,
    )
    server = await serve('influxd', ['run', '-config', 'influxdb.conf'], folder, `${url}/ping`)
  })
  after(async () => {
    await end(server)
    await rm(folder, { recursive: true, force: true })
  })

  async function rows(text: string): Promise<unknown[][]> {
    const answer = await fetch(`${url}/query?db=my-db&q=${encodeURIComponent(text)}`)
    return ((await answer.json()) as any).results[0].series?.[0].values ?? []
  }

  it('stores every sample, and no measurement that is no metric (INF-01, INF-06, INF-07)', async () => {
    const { exitCode, errors, warnings } = await runScript(SCRIPT, { flags: ['--out', `influxdb=${url}/my-db`] })
    assert.equal(exitCode, 0)
    assert.deepEqual([errors, warnings.filter((line) => line.includes('lost'))], [[], []])
    assert.deepEqual((await rows('SELECT COUNT(value), SUM(value) FROM shop_items'))[0]?.slice(1), [8, 12])
    assert.deepEqual((await rows('SELECT COUNT(value) FROM shop_latency'))[0]?.slice(1), [4])
    const measurements = (await rows('SHOW MEASUREMENTS')).map(([name]) => name)
    assert.ok(!measurements.includes('evil'), String(measurements))
  })
})
