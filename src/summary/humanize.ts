/**
 * Numbers as people read them in a summary.
 *
 * Units   times arrive in ms, data in bytes (printed with base 1000), rates as fractions of 1
 * Source  docs/spec/metrics-and-modules.md 3.3
 */
import type { ValueKind } from '../metrics/metric.js'

/** The option summaryTimeUnit: one unit for all times. Where it may be null, each value has a unit that suits it. */
export type TimeUnit = 's' | 'ms' | 'us'

export function humanize(value: number, contains: ValueKind, timeUnit: TimeUnit | null): string {
  switch (contains) {
    case 'default':
      return humanizeNumber(value)
    case 'time':
      return timeUnit === null ? humanizeTime(value) : fixedTime(value, timeUnit)
    case 'data':
      return humanizeData(value)
    default:
      return contains satisfies never
  }
}

/** At most 6 decimals, rounded, without trailing zeros. */
function humanizeNumber(value: number): string {
  const text = value.toFixed(6)
  if (!text.includes('.') || text.includes('e')) return text
  const short = text.replace(/\.?0+$/, '')
  return short === '-0' ? '0' : short
}

/** Truncated, not rounded: 99.99 % stays below 100 %. */
export function humanizeRate(fraction: number): string {
  return `${(truncated(fraction * 10_000) / 100).toFixed(2)}%`
}

export function humanizeTime(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms)
  if (ms < 0) return `-${humanizeTime(-ms)}`
  if (ms === 0) return '0s'
  if (ms < 0.001) return `${truncated(ms * 1e6)}ns`
  if (ms < 1) return `${twoDecimals(ms * 1000)}µs`
  if (ms < 1000) return `${twoDecimals(ms)}ms`
  if (ms < 60_000) return `${twoDecimals(ms / 1000)}s`
  const seconds = Math.floor(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  return hours > 0 ? `${hours}h${minutes % 60}m${seconds % 60}s` : `${minutes}m${seconds % 60}s`
}

export function humanizeData(bytes: number): string {
  if (!Number.isFinite(bytes)) return `${bytes} B`
  if (bytes < 0) return `-${humanizeData(-bytes)}`
  // k6 does not round these.
  if (bytes < 10) return `${bytes} B`
  let unit = 0
  let value = bytes
  while (value >= 1000 && unit < DATA_UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const rounded = Math.floor(value * 10 + 0.5) / 10
  return `${rounded.toFixed(rounded < 10 ? 1 : 0)} ${DATA_UNITS[unit]}`
}

const DATA_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

const FIXED_UNITS = { s: [1e-3, 's'], ms: [1, 'ms'], us: [1e3, 'µs'] } as const

function fixedTime(ms: number, unit: TimeUnit): string {
  const [factor, name] = FIXED_UNITS[unit]
  return `${(ms * factor).toFixed(2)}${name}`
}

/** Truncates, but 28.999999999999996, which comes of a floating-point error, is 29. */
function truncated(value: number): number {
  return Math.trunc(value * (1 + 1e-12))
}

function twoDecimals(value: number): string {
  return String(truncated(value * 100) / 100)
}
