/**
 * Durations as people read them. Two forms:
 *
 *   short   as they are written in options: 500ms, 10s, 1m30s, 1h0m0s
 *   fixed   as wide for every moment of a run as for its end, so that a line redrawn in place does not jump:
 *           total < 10 s: 1.0s     < 1 m: 01.0s     < 10 m: 1m01.0s     < 1 h: 01m01.0s
 *           then 1h01m01.0s, from 10 h on 01h01m01.0s, from a day on 1d01h01m01.0s
 *
 * Units   milliseconds. The fixed form cuts off below a tenth of a second: 9.99 s is not over yet
 */
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms === 0) return '0s'
  if (ms < 0.001) return `${trimmed(ms * 1e6)}ns`
  if (ms < 1) return `${trimmed(ms * 1000)}µs`
  if (ms < SECOND) return `${trimmed(ms)}ms`
  const hours = Math.floor(ms / HOUR)
  const minutes = Math.floor((ms % HOUR) / MINUTE)
  const seconds = `${trimmed((ms % MINUTE) / SECOND)}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

export function formatFixedDuration(ms: number, totalMs: number): string {
  const tenths = Math.floor(Math.max(0, ms) / 100)
  const widest = Math.max(totalMs, tenths * 100)
  const part = (unit: number, below: number) => Math.floor((tenths * 100) / unit) % below
  const seconds = `${digits(part(SECOND, 60), widest < 10 * SECOND ? 1 : 2)}.${tenths % 10}s`
  if (widest < MINUTE) return seconds
  const minutes = `${digits(part(MINUTE, 60), widest < 10 * MINUTE ? 1 : 2)}m`
  if (widest < HOUR) return minutes + seconds
  const hours = `${digits(part(HOUR, 24), widest < 10 * HOUR ? 1 : 2)}h`
  if (widest < DAY) return hours + minutes + seconds
  const days = digits(Math.floor((tenths * 100) / DAY), String(Math.floor(widest / DAY)).length)
  return `${days}d${hours}${minutes}${seconds}`
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

/** At most nanoseconds, without trailing zeros and without the noise of binary fractions. */
function trimmed(value: number): string {
  return String(Number(value.toFixed(9)))
}
