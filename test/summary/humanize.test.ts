import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ValueKind } from '../../src/metrics/metric.js'
import { humanize, humanizeRate, type TimeUnit } from '../../src/summary/humanize.js'

const TABLE: [kind: ValueKind, unit: TimeUnit | null, value: number, text: string][] = [
  ['default', null, 1234567.1234567, '1234567.123457'],
  ['default', null, 1e-7, '0'],
  ['default', null, -1e-7, '0'],
  ['default', null, 3, '3'],
  ['default', null, 0, '0'],
  ['default', null, 100, '100'],
  ['default', null, -2.5, '-2.5'],
  ['default', null, 1.993827, '1.993827'],
  ['default', null, 1e21, '1e+21'],
  ['default', null, 123456789012345680000, '123456789012345683968'],
  ['default', null, Number.POSITIVE_INFINITY, 'Infinity'],
  ['time', null, 0, '0s'],
  ['time', null, 0.0005, '500ns'],
  ['time', null, 0.0003, '300ns'],
  ['time', null, 0.0009999, '999ns'],
  ['time', null, 0.0421, '42.1µs'],
  ['time', null, 0.999, '999µs'],
  ['time', null, 1, '1ms'],
  ['time', null, 1.15, '1.15ms'],
  ['time', null, 12.3456, '12.34ms'],
  ['time', null, 999.999, '999.99ms'],
  ['time', null, 1234.5, '1.23s'],
  ['time', null, 59_999.9, '59.99s'],
  ['time', null, 60_000, '1m0s'],
  ['time', null, 61_500, '1m1s'],
  ['time', null, 3_700_000, '1h1m40s'],
  ['time', null, 3_725_000, '1h2m5s'],
  ['time', null, -12.3456, '-12.34ms'],
  ['time', null, Number.POSITIVE_INFINITY, 'Infinity'],
  ['time', 's', 1234.5678, '1.23s'],
  ['time', 'ms', 1234.5678, '1234.57ms'],
  ['time', 'us', 1234.5678, '1234567.80µs'],
  ['time', 'ms', 0, '0.00ms'],
  ['data', null, 0, '0 B'],
  ['data', null, 9, '9 B'],
  ['data', null, 0.5, '0.5 B'],
  ['data', null, 9.302818314904147, '9.302818314904147 B'],
  ['data', null, 10, '10 B'],
  ['data', null, 987, '987 B'],
  ['data', null, 1000, '1.0 kB'],
  ['data', null, 9990, '10 kB'],
  ['data', null, 123_456, '124 kB'],
  ['data', null, 123_500, '124 kB'],
  ['data', null, 1_500_000, '1.5 MB'],
  ['data', null, 5e21, '5000 EB'],
  ['data', 'ms', 1000, '1.0 kB'],
]

describe('humanized numbers', () => {
  for (const [kind, unit, value, text] of TABLE) {
    it(`shows ${value} (${kind}${unit === null ? '' : `, ${unit}`}) as ${text}`, () => {
      assert.equal(humanize(value, kind, unit), text)
    })
  }

  const RATES: [fraction: number, text: string][] = [
    [0.12345, '12.34%'],
    [0.99999, '99.99%'],
    [1, '100.00%'],
    [0, '0.00%'],
    [0.29, '29.00%'],
    [1 / 3, '33.33%'],
    [19 / 20, '95.00%'],
  ]
  for (const [fraction, text] of RATES) {
    it(`truncates the rate ${fraction} to ${text}`, () => assert.equal(humanizeRate(fraction), text))
  }
})
