/** Rows of cells as lines of text. Two spaces lie between columns, and the cells of a column are as wide as the widest of them. */
export function tableLines(
  rows: readonly (readonly string[])[],
  isRight: (column: number) => boolean = () => false,
): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  const padded = (cell: string, i: number): string => {
    const width = widths[i] as number
    return isRight(i) ? cell.padStart(width) : cell.padEnd(width)
  }
  return rows.map((row) => row.map(padded).join('  ').trimEnd())
}
