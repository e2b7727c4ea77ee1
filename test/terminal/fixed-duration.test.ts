import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatFixedDuration } from '../../src/terminal/fixed-duration.js'

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
