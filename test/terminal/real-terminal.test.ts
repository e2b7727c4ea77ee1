import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasTerminals, inTerminal } from '../helpers/terminal.js'

const SCRIPT = `
  import { check, sleep } from 'k6'
  import { Trend } from 'k6/metrics'
  const rtt = new Trend('rtt', true)
  export const options = { scenarios: {
    first: { executor: 'constant-vus', vus: 2, duration: '2s', exec: 'work' },
    a_scenario_with_a_long_name: { executor: 'constant-arrival-rate', rate: 50, duration: '2s', preAllocatedVUs: 5, exec: 'work' },
  } }
  export function work() {
    rtt.add(12.5)
    check(1, { 'is one': () => true, 'is two': () => __ITER > 5 })
    if (__ITER === 3) console.log('a line of the log')
    if (__ITER === 4) throw new Error('boom')
    sleep(0.05)
  }`
const ENDLESS = `import { sleep } from 'k6'
  export const options = { vus: 1, duration: '10m' }
  export default function () { sleep(0.1) }`

/** What is drawn while the run goes on, and must be there once at its end. */
const STATUS = /^running \(/

describe('a run in a terminal', { skip: !hasTerminals }, () => {
  for (const columns of [80, 140]) {
    it(`leaves the last state of the progress, and the summary whole below it, in ${columns} columns`, async () => {
      await inTerminal({ columns, script: SCRIPT }, async (run) => {
        assert.equal(await run.exit, 0)
        const lines = await run.lines()
        assert.deepEqual(
          lines.filter((line) => line.length > columns),
          [],
        )
        assert.equal(lines.filter((line) => STATUS.test(line)).length, 1, lines.join('\n'))
        const at = (text: RegExp): number => {
          const found = lines.findIndex((line) => text.test(line))
          assert.notEqual(found, -1, `${text} is not in\n${lines.join('\n')}`)
          return found
        }
        const order = [
          /a line of the log/,
          STATUS,
          /^first +✓ \[=+\]/,
          /█ TOTAL RESULTS/,
          /checks_total/,
          /rtt\.+: avg=/,
          /█ ERRORS/,
        ]
        const positions = order.map(at)
        assert.deepEqual(
          positions,
          positions.toSorted((a, b) => a - b),
          lines.join('\n'),
        )
        // Nothing of the progress is left among the lines of the summary.
        const summary = lines.slice(at(/█ TOTAL RESULTS/))
        assert.equal(
          summary.some((line) => /\[[=>-]+\]|iters\/s *$/.test(line)),
          false,
          lines.join('\n'),
        )
        assert.match(
          lines[at(STATUS) + 1] ?? '',
          /^[\d,]+ iters\/s, p\(95\) of rtt 12\.5ms, [\d.]+% failed, 1 of 2 checks fail/,
        )
        assert.match(lines[at(STATUS)] ?? '', / failed/)
      })
    })
  }

  it('survives a window that is made narrower, and ends with its summary after Ctrl+C', async () => {
    await inTerminal({ columns: 140, script: ENDLESS }, async (run) => {
      await run.shows(/running \(0?0?m?0[1-9]/)
      run.resize(60)
      await run.shows(/running \(0?0?m?0[2-9]/)
      run.type('\x03')
      assert.equal(await run.exit, 105)
      const text = (await run.lines()).join('\n')
      assert.match(text, /aborted because sockeye received/)
      assert.match(text, /█ TOTAL RESULTS[\s\S]+iteration_duration[\s\S]+vus_max/)
      const summary = text.slice(text.indexOf('█ TOTAL RESULTS'))
      assert.doesNotMatch(summary, /running \(/)
    })
  })
})
