import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

const SCRIPT = `
  import { Counter, Gauge, Rate, Trend } from 'k6/metrics'
  new Counter('hits'); new Gauge('depth'); new Rate('errors_rate')
  const rtt = new Trend('rtt', true)
  export const options = { thresholds: {
    hits: ['count<5'], depth: ['value<3'], errors_rate: ['rate<0.01'], 'rtt{cmd:gett}': ['p(95)<200'], rtt: ['p(95)<200'],
    ws_connecting: ['p(95)<100'], http_req_failed: ['rate<0.01'], iterations_failed: ['count<1'], dropped_iterations: ['count<1'],
  } }
  export default function () { rtt.add(5, { cmd: 'get' }) }`
const EMPTY = ['depth', 'errors_rate', 'hits', 'http_req_failed', 'rtt{cmd:gett}', 'ws_connecting']

describe('a threshold that judged nothing', () => {
  it('is shown as such, named in the log once and in the last line, and passes by default', async () => {
    const { exitCode, stdout, warnings } = await runScript(SCRIPT, { name: 'script.js' })
    assert.equal(exitCode, 0)
    assert.equal(stdout.match(/– '[^']+' no samples/g)?.length, EMPTY.length)
    assert.match(stdout, /✓ 'p\(95\)<200' p\(95\)=5ms/)
    assert.match(stdout, /✓ 'count<1' count=0/)
    assert.deepEqual(warnings, [
      `thresholds on '${EMPTY.join(', ')}' were not put to the test: there are no samples, so they count as passed`,
    ])
    const lastLine = `! this run judged less than it was asked to: no samples for ${EMPTY.join(', ')}`
    assert.equal(stdout.trimEnd().split('\n').at(-1)?.trim(), lastLine)
  })

  it('fails the run with --on-empty-threshold=fail', async () => {
    const flags = ['--on-empty-threshold', 'fail']
    const { exitCode, errors, log } = await runScript(SCRIPT, { name: 'script.js', flags })
    assert.equal(exitCode, 99)
    assert.match(errors.at(-1) ?? '', /^thresholds on 'depth, .+' were not put to the test: there are no samples$/)
    assert.equal(log.at(-1)?.['code'], 'ERR_THRESHOLDS_UNPROVEN')
  })

  it('passes without a word with --on-empty-threshold=pass, but is not shown as one that held', async () => {
    const flags = ['--on-empty-threshold', 'pass']
    const { exitCode, warnings, stdout } = await runScript(SCRIPT, { name: 'script.js', flags })
    assert.equal(exitCode, 0)
    assert.deepEqual(warnings, [])
    assert.match(stdout, /– 'rate<0.01' no samples/)
    assert.doesNotMatch(stdout, /judged less/)
  })

  it('is crossed all the same when zero crosses it', async () => {
    const { exitCode, stdout } = await runScript(
      `import { Counter } from 'k6/metrics'
       new Counter('hits')
       export const options = { thresholds: { hits: ['count>0'] } }
       export default function () {}`,
      { name: 'script.js' },
    )
    assert.equal(exitCode, 99)
    assert.match(stdout, /✗ 'count>0' count=0/)
  })
})

describe('rates', () => {
  it('are over the time in which scenarios ran, without setup and teardown', async () => {
    const { exitCode, summary } = await runScript(
      `import { sleep } from 'k6'
       export const options = { iterations: 20, thresholds: { iterations: ['rate>15'] } }
       export function setup() { sleep(1) }
       export function teardown() { sleep(1) }
       export default function () { sleep(0.01) }`,
      { name: 'script.js' },
    )
    const { count = 0, rate = 0 } = summary.metrics['iterations'] ?? {}
    assert.equal(count, 20)
    // Over two seconds and more it would be below 10.
    assert.ok(rate > 15, String(rate))
    assert.equal(exitCode, 0)
  })
})
