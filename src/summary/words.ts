/** Makes texts fit for a terminal: without control characters, and broken into lines of its width. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g

/** Writes control characters as `\x1b`: a name from a script or a target must not move the cursor or change colours. */
export function visible(text: string): string {
  return text.replace(CONTROLS, (character) => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

/** Breaks a line into lines of at most `width` characters, between words where that is possible. All keep the indentation of the first. */
export function wrapped(line: string, width: number): string[] {
  if (line.length <= width || width < 20) return [line]
  const indent = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let rest = line
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const cut = space > indent.length ? space : width
    lines.push(rest.slice(0, cut).trimEnd())
    rest = indent + rest.slice(cut).trimStart()
  }
  return [...lines, rest]
}

/** Joins indented lines that follow each other into one, so that they can be broken again at another width. */
export function paragraphs(lines: readonly string[]): string[] {
  const joined: string[] = []
  for (const line of lines) {
    const last = joined.at(-1)
    const indent = indentOf(line)
    if (last !== undefined && indent > 0 && indentOf(last) === indent)
      joined[joined.length - 1] = `${last} ${line.trim()}`
    else joined.push(line)
  }
  return joined
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}
