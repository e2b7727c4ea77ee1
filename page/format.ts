/** Numbers, durations and moments as people read them. */
import type { ValueKind } from '../src/metrics/metric.js'
import { humanizeData, humanizeTime } from '../src/summary/humanize.js'

export type Unit = 'number' | 'time' | 'bytes' | 'share'

export function unitOfKind(contains: ValueKind): Unit {
  return contains === 'data' ? 'bytes' : contains === 'time' ? 'time' : 'number'
}

export function format(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  switch (unit) {
    case 'time':
      return value === 0 ? '0' : humanizeTime(value).replace(/(\d)([a-zµ]+)$/, '$1 $2')
    case 'bytes':
      return humanizeData(Math.round(value))
    case 'share':
      return `${number(value * 100)} %`
    case 'number':
      return number(value)
  }
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

/** Seconds as `2:03` or `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (part: number): string => String(part).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** Epoch milliseconds as `2026-08-01 12:00:00`, which is how Swedish writes them, in the reader's time zone. */
export function time(epoch: number): string {
  return new Date(epoch).toLocaleString('sv')
}
