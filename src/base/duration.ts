/**
 * Durations as k6 users write them: a number of milliseconds, or a text of Go's units, optionally with days in front.
 *
 *   duration := number | [ number "d" ] { number unit }       unit := "ns" | "us" | "µs" | "ms" | "s" | "m" | "h"
 *
 * Units   milliseconds
 * Errors  none; what is no duration gives undefined
 */
const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Both signs for micro: U+00B5 and the Greek letter. */
const TEXT = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)d)?((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|[\u00b5\u03bc]s|ms|s|m|h))*)$/
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|[\u00b5\u03bc]s|ms|s|m|h|d)/g

export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  if (/^[+-]?\d+(\.\d*)?$/.test(value)) return Number(value)
  const match = TEXT.exec(value)
  if (match === null || (match[2] === undefined && match[3] === '')) return undefined
  let total = 0
  for (const [, number, unit] of value.matchAll(PART)) total += Number(number) * (MS_PER_UNIT[unit as string] as number)
  return match[1] === '-' ? -total : total
}

/** As Go prints it: `1h2m5s`, `1.5s`, `20ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  const ns = Math.round(ms * 1e6)
  if (ns === 0) return '0s'
  if (ns < 1e3) return `${ns}ns`
  if (ns < 1e6) return `${ns / 1e3}µs`
  if (ns < 1e9) return `${ns / 1e6}ms`
  const hours = Math.floor(ns / 3.6e12)
  const minutes = Math.floor((ns % 3.6e12) / 6e10)
  const seconds = `${(ns % 6e10) / 1e9}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}
