/**
 * Durations of the same width from the start of a run to its end, so that a line that is redrawn in place does not jump:
 *
 *   total < 10 s: 1.0s     < 1 m: 01.0s     < 10 m: 1m01.0s     < 1 h: 01m01.0s
 *   then 1h01m01.0s, from 10 h on 01h01m01.0s, from a day on 1d01h01m01.0s
 *
 * Units   milliseconds, truncated to tenths of a second: 9.99 s of 10 s must not look like the end
 */
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

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
