/** A run for tests of the control API that need none. */
import type { Changeable, ControlledRun, StatusAttributes, StatusChange } from '../../src/api/controlled-run.js'
import type { RunResults } from '../../src/summary/results.js'

const RESULTS: RunResults = {
  durationMs: 1000,
  scenariosMs: 1000,
  metrics: [
    metric('iterations', 'counter', { count: 10, rate: 1.99 }),
    metric('rtt', 'trend', { avg: 1, max: 2, med: 3, min: 4, 'p(90)': 5, 'p(95)': 6 }, [true, false]),
    metric('rtt{kind:a/b}', 'trend', { avg: 1, max: 2, med: 3, min: 4, 'p(90)': 5, 'p(95)': 6 }, [true]),
    metric('vus', 'gauge', { value: 3, min: 1, max: 5 }),
    metric('checks', 'rate', { rate: 0.5, passes: 1, fails: 1 }),
    { ...metric('unused', 'counter', { count: 0, rate: 0 }), isEmpty: true },
  ],
  groups: ['::outer::inner'],
  checks: [
    { name: 'ok', group: '', passes: 9, fails: 1 },
    { name: 'deep', group: '::outer::inner', passes: 2, fails: 0 },
  ],
  scenarios: [],
  options: { mode: 'compact', trendStats: [], timeUnit: null },
  notes: [],
  errors: { listed: [], others: 0 },
}

function metric(
  name: string,
  type: RunResults['metrics'][number]['type'],
  values: Record<string, number>,
  thresholds: boolean[] = [],
): RunResults['metrics'][number] {
  const results = thresholds.map((ok) => ({ source: 'avg<5', ok, isProven: true, aggregation: 'avg', value: 1 }))
  return { name, parent: null, type, contains: 'default', isEmpty: false, values, thresholds: results }
}

export class FakeRun implements ControlledRun {
  setupData: string | undefined
  readonly changes: StatusChange[] = []
  failure: Error | undefined
  teardowns = 0

  status(): StatusAttributes {
    return { status: 7, paused: false, vus: 2, 'vus-max': 2, stopped: false, running: true, tainted: false }
  }

  changeable(): Changeable {
    return { canPause: true, scalable: [{ name: 'live', vus: 2, maxVUs: 10 }] }
  }

  change(change: StatusChange): void {
    if (this.failure !== undefined) throw this.failure
    this.changes.push(change)
  }

  results(): RunResults {
    return RESULTS
  }

  async runSetup(): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    this.setupData = '{"a":1}'
  }

  async runTeardown(): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    this.teardowns++
  }
}
