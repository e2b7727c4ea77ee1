/**
 * Times of samples as text. Formats that need a calendar remember the second they formatted last, because samples come in order.
 *
 * Units   ms since the Unix epoch with fractions; doubles hold about a quarter of a microsecond, so fractions end at microseconds
 */
export const TIME_FORMATS = ['unix', 'unix_milli', 'unix_micro', 'unix_nano', 'rfc3339', 'rfc3339_nano'] as const

export type TimeFormat = (typeof TIME_FORMATS)[number]

export function timeFormatter(format: TimeFormat): (ms: number) => string {
  switch (format) {
    case 'unix':
      return (ms) => String(Math.floor(ms / 1000))
    case 'unix_milli':
      return (ms) => String(Math.floor(ms))
    case 'unix_micro':
      return (ms) => String(Math.floor(ms * 1000))
    case 'unix_nano':
      return (ms) => `${Math.floor(ms * 1000)}000`
    case 'rfc3339':
      return calendarFormatter(() => '')
    case 'rfc3339_nano':
      return calendarFormatter(fraction)
    default:
      return format satisfies never
  }
}

/** In the local zone: `2026-11-21T05:00:00.123456Z`, `2026-11-21T07:00:00+02:00`. */
function calendarFormatter(fractionOf: (ms: number) => string): (ms: number) => string {
  let lastSecond = Number.NaN
  let beforeFraction = ''
  let zone = ''
  return (ms) => {
    const second = Math.floor(ms / 1000)
    if (second !== lastSecond) {
      const date = new Date(second * 1000)
      const east = -date.getTimezoneOffset()
      beforeFraction = new Date(second * 1000 + east * 60_000).toISOString().slice(0, 19)
      zone = zoneText(east)
      lastSecond = second
    }
    return beforeFraction + fractionOf(ms - second * 1000) + zone
  }
}

function zoneText(minutesEast: number): string {
  if (minutesEast === 0) return 'Z'
  const total = Math.abs(minutesEast)
  const part = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${minutesEast < 0 ? '-' : '+'}${part(total / 60)}:${part(total % 60)}`
}

/** Hot. The fraction of a second as `.123456`, without zeros at the end. */
function fraction(ms: number): string {
  let microseconds = Math.floor(ms * 1000)
  if (microseconds <= 0) return ''
  let digits = 6
  while (microseconds % 10 === 0) {
    microseconds /= 10
    digits--
  }
  return `.${String(microseconds).padStart(digits, '0')}`
}
