/** Nobody writes longer names by hand, and comparing them takes the product of their lengths. */
const LONGEST = 200

/** The name a user probably meant: the candidate with the fewest edits, if that is few enough to be a slip. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > LONGEST) return undefined
  let best: string | undefined
  const letters = name.replace(/^-+/, '').length
  let fewest = (letters < 5 ? 1 : Math.max(2, Math.floor(letters / 3))) + 1
  for (const candidate of candidates) {
    // Each letter more or less is an edit.
    if (Math.abs(name.length - candidate.length) >= fewest) continue
    const edits = editDistance(name, candidate)
    if (edits < fewest) {
      best = candidate
      fewest = edits
    }
  }
  return best
}

/** Letters to add, drop, change, or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity
      row.push(Math.min(change, at(i - 1, j) + 1, at(i, j - 1) + 1, swap))
    }
  }
  return at(a.length, b.length)
}
