/**
 * Matches texts with a pattern of a JSON path: `*` stands for any text, `?` for one character; after `\` a character stands for itself.
 *
 * Time   at most the length of the pattern times the length of the text. A regular expression with several `*` may take exponential time, and a
 *        target could send a document that makes it do so
 */
export function matchesWildcard(text: string, pattern: string): boolean {
  let at = 0
  let inText = 0
  /** The place in the pattern after the last `*`, and the place in the text at which the rest of the pattern was tried last. */
  let afterStar = -1
  let tried = 0
  while (inText < text.length) {
    if (pattern[at] === '*') {
      at++
      afterStar = at
      tried = inText
      continue
    }
    const next = stepOver(pattern, at, text[inText] as string)
    if (next !== -1) {
      at = next
      inText++
    } else if (afterStar !== -1) {
      tried++
      inText = tried
      at = afterStar
    } else return false
  }
  while (pattern[at] === '*') at++
  return at >= pattern.length
}

/** Index behind the part of the pattern that stands for `character`, or -1 when it stands for another one. */
function stepOver(pattern: string, at: number, character: string): number {
  if (at >= pattern.length) return -1
  if (pattern[at] === '?') return at + 1
  const isEscaped = pattern[at] === '\\' && at + 1 < pattern.length
  const index = isEscaped ? at + 1 : at
  return pattern[index] === character ? index + 1 : -1
}
