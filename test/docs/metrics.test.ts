import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { declareBuiltins } from '../../src/metrics/builtin.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { GRPC_METRICS } from '../../src/modules/k6-net-grpc/metrics.js'
import { TCP_METRICS } from '../../src/modules/k6-x-tcp/metrics.js'

const page = readFileSync(join(process.cwd(), 'docs', 'metrics.md'), 'utf8')
const UNITS: Readonly<Record<string, string>> = { time: ', time', data: ', bytes' }

function metricsInSource(): string[] {
  const builtins = Object.values(declareBuiltins(new MetricRegistry(), { hasOpenModel: true }))
  const modules = Object.values(new MetricRegistry().declareAll([...TCP_METRICS, ...GRPC_METRICS]))
  return [...builtins, ...modules].map(({ name, type, contains }) => `${name}: ${type}${UNITS[contains] ?? ''}`).sort()
}

describe('docs/metrics.md', () => {
  it('lists every metric with its type, and no other', () => {
    const rows = [...page.matchAll(/^\| `([a-z_]+)` \| ([^|]+) \|/gm)]
    assert.deepEqual(rows.map(([, name, type]) => `${name}: ${type}`).toSorted(), metricsInSource())
  })
})
