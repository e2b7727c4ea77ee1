/**
 * Colours of the summary, or none.
 *
 * Source  docs/spec/metrics-and-modules.md 3.4
 */
const SEQUENCES = {
  title: '1',
  dots: '2;37',
  value: '36',
  extra: '2;36',
  pass: '32',
  fail: '31',
  warn: '33',
  condition: '37',
} as const

export type Paint = (what: keyof typeof SEQUENCES, text: string) => string

export function painter(colors: boolean): Paint {
  return colors ? (what, text) => `\x1b[${SEQUENCES[what]}m${text}\x1b[0m` : (_what, text) => text
}
