import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatDuration, formatFixedDuration } from '../../src/terminal/duration.js'

describe('durations as options write them', () => {
  const rows: [number, string][] = [
    [0, '0s'],
    [0.000001, '1ns'],
    [0.0015, '1.5µs'],
    [1, '1ms'],
    [1.5, '1.5ms'],
    [500, '500ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [10_000, '10s'],
    [60_000, '1m0s'],
    [90_000, '1m30s'],
    [600_000, '10m0s'],
    [3_600_000, '1h0m0s'],
    [90_061_001, '25h1m1.001s'],
    [-1500, '-1.5s'],
  ]
  for (const [ms, text] of rows) it(`write ${ms} ms as ${text}`, () => assert.equal(formatDuration(ms), text))
})

describe('durations of fixed width', () => {
  const MINUTE = 60_000
  const HOUR = 60 * MINUTE
  const DAY = 24 * HOUR
  const rows: [number, number, string][] = [
    [0, 9_999, '0.0s'],
    [1_049, 5_000, '1.0s'],
    [1_000, 10_000, '01.0s'],
    [59_999, 59_999, '59.9s'],
    [1_000, MINUTE, '0m01.0s'],
    [61_500, 9 * MINUTE, '1m01.5s'],
    [1_000, 10 * MINUTE, '00m01.0s'],
    [1_000, HOUR, '0h00m01.0s'],
    [HOUR + MINUTE + 1_000, 10 * HOUR, '01h01m01.0s'],
    [1_000, DAY, '0d00h00m01.0s'],
    [DAY + HOUR + MINUTE, 12 * DAY, '01d01h01m00.0s'],
    [-5, 5_000, '0.0s'],
    [61_000, 10_000, '1m01.0s'],
  ]
  for (const [ms, total, text] of rows) {
    it(`write ${ms} of ${total} ms as ${text}`, () => assert.equal(formatFixedDuration(ms, total), text))
  }
})
