/** The contract of docs/spec/scale-out.md, statement by statement, in its order. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { RunPhase } from '../../src/run/run-status.js'
import { freePort } from '../conformance/websockets-support.js'
import { Cluster, type Runner } from './operator.js'

const COUNT = 4
const SCRIPT = 'test/script.ts'

/** Every iteration says who it is. */
const FILES = {
  'script.ts': `
    import { sleep } from 'k6'
    import exec from 'k6/execution'
    import { Counter } from 'k6/metrics'
    import { greeting } from './greeting.ts'
    const done = new Counter('done')
    export const options = {
      scenarios: { work: { executor: 'shared-iterations', vus: 10, iterations: 101, maxDuration: '1m' } },
      thresholds: { done: ['count>0'] },
    }
    export function setup() { return { greeting: greeting(__ENV.WHO) } }
    export default function ({ greeting }: { greeting: string }) {
      done.add(1)
      console.log(JSON.stringify([exec.vu.idInTest, exec.scenario.iterationInTest, greeting, exec.vu.tags.instance_id]))
      sleep(0.01)
    }
    export function teardown() { console.log('torn down') }
  `,
  'greeting.ts': 'export const greeting = (who = "nobody") => "hello " + who\n',
  'looping.js': `
    import { sleep } from 'k6'
    export const options = { vus: 8, duration: '10m' }
    export default function () { sleep(0.05) }
  `,
  'empty.js': 'export default function () {}\n',
  'failing.js': `
    export const options = { thresholds: { iterations: ['count>5'] } }
    export default function () {}
  `,
  'throws.js': `throw new Error('not today')\nexport default function () {}\n`,
  'complaining.js': `console.error('no good')\nexport default function () {}\n`,
  'unsure.js': `
    console.warn('a warning')
    export const options = { vuz: 3, vus: 2, duration: '1s', address: 'x', tlsAuth: [] }
    export default function () {}
  `,
}

/** Elsewhere loopback has one address, and Windows no POSIX shell. */
const skip = process.platform !== 'linux' && 'pods are addresses of loopback here, of which Linux alone has several'

/** What the default function of script.ts printed. */
function iterationsOf(stderr: string): [vu: number, iteration: number, greeting: string, instance: string][] {
  return [...stderr.matchAll(/msg="(\[.*?\])" source=console/g)].map(([, text = '']) =>
    JSON.parse(text.replaceAll('\\"', '"')),
  )
}

const numerically = (a: number, b: number): number => a - b
const upTo = (count: number, first: number): number[] => Array.from({ length: count }, (_, index) => index + first)

describe('the Kubernetes operator for k6', { skip }, () => {
  let cluster: Cluster
  let port: number
  before(async () => {
    cluster = await Cluster.start(FILES)
    port = await freePort()
  })
  after(() => cluster.stop())

  const runners = (script: string, flags: readonly string[] = []): Runner[] =>
    upTo(COUNT, 1).map((index) => cluster.runner(script, { index, count: COUNT, port, flags }))

  describe('its initializer', () => {
    it('archives a script that is mounted as a ConfigMap, and reads what the test needs as JSON alone', async () => {
      const { exitCode, stdout, stderr } = await cluster.initialize(SCRIPT, '-e WHO=world --tag team=a')
      assert.equal(exitCode, 0, stderr)
      const { maxVUs, totalDuration, tags } = JSON.parse(stdout)
      assert.deepEqual({ maxVUs, totalDuration, tags }, { maxVUs: 10, totalDuration: '1m30s', tags: { team: 'a' } })
    })

    it('takes an archive for a script', async () => {
      await cluster.initialize(SCRIPT)
      const { exitCode, stdout, stderr } = await cluster.initialize(join('tmp', `${SCRIPT}.archived.tar`))
      assert.equal(exitCode, 0, stderr)
      assert.equal(JSON.parse(stdout).maxVUs, 10)
    })

    it('is not refused for warnings', async () => {
      const { exitCode, stdout, stderr } = await cluster.initialize('test/unsure.js')
      assert.equal(exitCode, 0, stderr)
      assert.equal(JSON.parse(stdout).maxVUs, 2)
      const log = await readFile(join(cluster.folder, 'tmp', 'k6logs'), 'utf8')
      assert.match(log, /level=warning msg="a warning"/)
      assert.match(log, /level=warning msg="There were unknown fields/)
    })

    it('is refused for a script that throws, that is not there, or that logs an error', async () => {
      for (const [script, exitCode, text] of [
        ['test/throws.js', 1, /level=error.*not today/],
        ['test/missing.js', 1, /level=error.*missing\.js/],
        ['test/complaining.js', 1, /level=error.*no good/],
      ] as const) {
        const result = await cluster.initialize(script)
        assert.equal(result.exitCode, exitCode, script)
        assert.match(result.stderr, text)
      }
    })
  })

  describe('its runners', () => {
    it('wait for the starter, do each its own share, and run setup and teardown each', async () => {
      const all = runners(SCRIPT, ['-e', 'WHO=world'])
      await Promise.all(all.map((runner) => runner.ready()))
      const waiting = await Promise.all(all.map((runner) => runner.paused()))
      for (const { paused, running, stopped, 'vus-max': vus } of waiting) {
        assert.deepEqual({ paused, running, stopped }, { paused: true, running: false, stopped: false })
        assert.ok(vus === 2 || vus === 3, `10 VUs of 4 runners, not ${vus}`)
      }
      const answers = await Promise.all(all.map((runner) => runner.release()))
      assert.deepEqual(
        answers.map(({ status }) => status),
        Array(COUNT).fill(200),
      )
      const ended = await Promise.all(all.map((runner) => runner.ended))
      const shares = ended.map(({ exitCode, stderr }, index) => {
        assert.equal(exitCode, 0, stderr)
        assert.equal(stderr.match(/torn down/g)?.length, 1)
        const share = iterationsOf(stderr)
        for (const [, , greeting, instance] of share) {
          assert.deepEqual([greeting, instance], ['hello world', String(index + 1)])
        }
        return share
      })
      const everything = shares.flat()
      assert.deepEqual(everything.map(([, iteration]) => iteration).sort(numerically), upTo(101, 0))
      assert.deepEqual([...new Set(everything.map(([vu]) => vu))].sort(numerically), upTo(10, 1))
    })

    it('answer probes while they initialise, wait, run and linger', async () => {
      const runner = cluster.runner('test/empty.js', { index: 1, count: 1, port, flags: ['--linger'] })
      await runner.ready()
      await runner.paused()
      assert.equal(await runner.probe(), true)
      await runner.release()
      await runner.until(({ status }) => status === RunPhase.ended)
      assert.equal(await runner.probe(), true)
      const status = await runner.status()
      assert.equal(status.running, false)
      assert.equal((await runner.halt()).status, 200)
      const { exitCode, stdout, stderr } = await runner.ended
      assert.equal(exitCode, 0, stderr)
      assert.match(stdout, /iterations\.+: 1 /)
    })

    it('stop when they are told so', async () => {
      const all = runners('test/looping.js')
      await Promise.all(all.map((runner) => runner.ready()))
      await Promise.all(all.map((runner) => runner.release()))
      await Promise.all(all.map((runner) => runner.until(({ running }) => running)))
      const answers = await Promise.all(all.map((runner) => runner.halt()))
      for (const { status, body } of answers) {
        assert.equal(status, 200)
        assert.equal(JSON.parse(body).data.attributes.stopped, true)
      }
      for (const { exitCode, stderr } of await Promise.all(all.map((runner) => runner.ended))) {
        assert.equal(exitCode, 103, stderr)
        assert.match(stderr, /test run stopped from REST API/)
      }
    })

    it('end with their summary when Kubernetes ends their pod', async () => {
      const runner = cluster.runner('test/looping.js', { index: 2, count: 3, port })
      await runner.ready()
      await runner.release()
      await runner.until(({ running }) => running)
      runner.terminate()
      const { exitCode, stdout } = await runner.ended
      assert.equal(exitCode, 105)
      assert.match(stdout, /vus_max\.+: [23] /)
    })

    it('end with 99 when a threshold is crossed, and do not wait without --paused', async () => {
      const runner = cluster.runner('test/failing.js', { index: 1, count: 1, port, isPaused: false })
      const { exitCode, stderr } = await runner.ended
      assert.equal(exitCode, 99, stderr)
    })

    it('listen on every address of a pod, and answer to the name of its service', async () => {
      const runner = cluster.runner('test/empty.js', { index: 1, count: 1, port, host: '0.0.0.0' })
      await runner.ready()
      const { status } = await runner.send('GET', '/v1/status', undefined, {
        host: 'k6-sample-service-1.tests.svc:6565',
      })
      assert.equal(status, 200)
      await runner.release()
      assert.equal((await runner.ended).exitCode, 0)
    })

    it('run an archive as they run its script', async () => {
      await cluster.initialize(SCRIPT, '-e WHO=archive')
      const archive = join('tmp', `${SCRIPT}.archived.tar`)
      const runner = cluster.runner(archive, { index: 3, count: 4, port })
      await runner.ready()
      await runner.release()
      const { exitCode, stderr } = await runner.ended
      assert.equal(exitCode, 0, stderr)
      assert.deepEqual([...new Set(iterationsOf(stderr).map(([, , greeting]) => greeting))], ['hello archive'])
    })

    it('take setup data from the operator in its cloud mode, and run teardown when told so', async () => {
      const all = runners(SCRIPT, ['--no-setup', '--no-teardown', '--linger', '-e', 'WHO=cloud'])
      await Promise.all(all.map((runner) => runner.ready().then(() => runner.paused())))
      const [first] = all as [Runner, ...Runner[]]
      assert.equal((await first.send('POST', '/v1/setup')).status, 200)
      const { data } = JSON.parse((await first.send('GET', '/v1/setup')).body)
      assert.deepEqual(data.attributes.data, { greeting: 'hello cloud' })
      const body = JSON.stringify(data.attributes.data)
      const puts = await Promise.all(all.map((runner) => runner.send('PUT', '/v1/setup', body)))
      assert.deepEqual(
        puts.map(({ status }) => status),
        Array(COUNT).fill(200),
      )
      await Promise.all(all.map((runner) => runner.release()))
      await Promise.all(all.map((runner) => runner.until(({ status }) => status === RunPhase.ended)))
      assert.equal((await first.send('POST', '/v1/teardown')).status, 200)
      await Promise.all(all.map((runner) => runner.halt()))
      const ended = await Promise.all(all.map((runner) => runner.ended))
      for (const { exitCode, stderr } of ended) assert.equal(exitCode, 0, stderr)
      assert.deepEqual(
        ended.map(({ stderr }) => stderr.match(/torn down/g)?.length ?? 0),
        [1, 0, 0, 0],
      )
      const greetings = ended.flatMap(({ stderr }) => iterationsOf(stderr).map(([, , greeting]) => greeting))
      assert.equal(greetings.length, 101)
      assert.deepEqual([...new Set(greetings)], ['hello cloud'])
    })
  })
})
