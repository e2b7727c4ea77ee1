/** Where the lines of a text begin: leads from an offset to a line and a column, both from 0. */
export class TextLines {
  /** The offset of each line. */
  readonly starts: number[] = [0]

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1)
  }

  position(offset: number): { line: number; column: number } {
    const line = lastAtOrBefore(this.starts, offset, (start) => start)
    return { line, column: offset - this.starts[line]! }
  }
}

/** Index of the last item whose number is at or before `value`, by binary search; -1 when there is none. */
export function lastAtOrBefore<T>(items: readonly T[], value: number, numberOf: (item: T) => number): number {
  let low = -1
  let high = items.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (numberOf(items[middle]!) <= value) low = middle
    else high = middle - 1
  }
  return low
}
