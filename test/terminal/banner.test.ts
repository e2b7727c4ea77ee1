import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pc from 'picocolors'
import { type BannerFacts, renderBanner, renderLogo } from '../../src/terminal/banner.js'

const facts: BannerFacts = {
  execution: 'local',
  script: 'script.ts',
  outputs: [],
  segment: 1,
  maxVus: 3,
  maxDurationMs: 35_000,
  scenarios: [{ name: 'default', description: '3 looping VUs for 5s (gracefulStop: 30s)', startTimeMs: 0 }],
}
const colors = pc.createColors(false)

/** The text after the logo. */
function body(changes: Partial<BannerFacts> = {}): string[] {
  return renderBanner({ ...facts, ...changes }, colors)
    .slice(renderLogo(colors).length)
    .split('\n')
}

describe('the text before a run', () => {
  it('starts with a logo of five lines between empty ones', () => {
    const lines = renderLogo(colors).split('\n')
    assert.equal(lines.length, 8)
    assert.deepEqual([lines[0], lines[6], lines[7]], ['', '', ''])
    assert.ok(renderBanner(facts, colors).startsWith(renderLogo(colors)))
  })

  it('tells what runs and where the results go', () => {
    assert.deepEqual(body(), [
      '     execution: local',
      '        script: script.ts',
      '        output: -',
      '',
      '     scenarios: (100.00%) 1 scenario, 3 max VUs, 35s max duration (incl. graceful stop):',
      '              * default: 3 looping VUs for 5s (gracefulStop: 30s)',
      '',
      '',
    ])
  })

  it('lists everything there is, scenarios by start time and then by name', () => {
    const scenario = (name: string, startTimeMs: number) => ({ name, startTimeMs, description: 'x' })
    const lines = body({
      outputs: ['json (out.json)', 'csv (file.csv)'],
      dashboardUrl: 'http://127.0.0.1:5665',
      profilingUrl: 'http://127.0.0.1:6565/debug/pprof/',
      segment: 1 / 3,
      scenarios: [scenario('late', 5), scenario('b', 0), scenario('a', 0)],
    })
    assert.deepEqual(lines.slice(2, 10), [
      ' web dashboard: http://127.0.0.1:5665',
      '        output: json (out.json), csv (file.csv)',
      '     profiling: http://127.0.0.1:6565/debug/pprof/',
      '',
      '     scenarios: (33.33%) 3 scenarios, 3 max VUs, 35s max duration (incl. graceful stop):',
      '              * a: x',
      '              * b: x',
      '              * late: x',
    ])
  })

  it('breaks the lines of scenarios between words on a terminal', () => {
    const scenarios = [{ name: 'search', description: 'Up to 4 looping VUs for 6s over 2 stages', startTimeMs: 0 }]
    const lines = renderBanner({ ...facts, scenarios }, colors, 50)
      .split('\n')
      .slice(-4, -2)
    assert.deepEqual(lines, ['              * search: Up to 4 looping VUs for 6s', '                over 2 stages'])
  })

  it('is yellow and cyan when colours are wanted', () => {
    const text = renderBanner(facts, pc.createColors(true))
    assert.ok(text.startsWith('\n\x1b[33m'))
    assert.ok(text.includes('execution: \x1b[36mlocal\x1b[39m\n'))
  })
})
