import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatDuration, parseDuration } from '../../src/base/duration.js'

describe('a duration', () => {
  const READ: [value: unknown, ms: number | undefined][] = [
    [0, 0],
    [1500, 1500],
    ['250', 250],
    ['0', 0],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['20us', 0.02],
    ['20µs', 0.02],
    ['5000ns', 0.005],
    ['1d12h', 129_600_000],
    ['2d', 172_800_000],
    ['-5s', -5000],
    ['', undefined],
    ['s', undefined],
    ['10 s', undefined],
    ['10x', undefined],
    ['1h1d', undefined],
    ['soon', undefined],
    [Number.NaN, undefined],
    [null, undefined],
    [{}, undefined],
  ]
  for (const [value, ms] of READ) {
    it(`${ms === undefined ? 'is not' : 'is'} ${JSON.stringify(value)}`, () => assert.equal(parseDuration(value), ms))
  }

  const WRITTEN: [ms: number, text: string][] = [
    [0, '0s'],
    [0.0005, '500ns'],
    [0.0015, '1.5µs'],
    [500, '500ms'],
    [1500, '1.5s'],
    [10_000, '10s'],
    [60_000, '1m0s'],
    [3_725_000, '1h2m5s'],
    [129_600_000, '36h0m0s'],
    [-2000, '-2s'],
  ]
  for (const [ms, text] of WRITTEN) {
    it(`of ${ms} ms is written ${text}`, () => assert.equal(formatDuration(ms), text))
  }
})

describe('a text that is nearly a duration', () => {
  it('is refused at once, however long it is', () => {
    assert.equal(parseDuration(`${'30s'.repeat(100_000)}@`), undefined)
  })
})
