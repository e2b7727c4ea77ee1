/**
 * A bar of a given width, brackets included: `[====>-----]`. Too narrow for that, it is a number: `[  42% ]`.
 */
export const MAX_BAR_WIDTH = 40
const MIN_BAR_WIDTH = 8

export function renderBar(fraction: number, width: number): string {
  const done = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0))
  if (width < MIN_BAR_WIDTH) return `[ ${String(Math.floor(done * 100)).padStart(3)}% ]`
  const inside = Math.min(width, MAX_BAR_WIDTH) - 2
  const filled = Math.floor(done * inside)
  if (filled === inside) return `[${'='.repeat(inside)}]`
  if (filled === 0) return `[${'-'.repeat(inside)}]`
  return `[${'='.repeat(filled - 1)}>${'-'.repeat(inside - filled)}]`
}
