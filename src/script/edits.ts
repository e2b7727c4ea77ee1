/**
 * Changes to a text that leave everything else byte for byte, and the source map of the result composed with the map of
 * the text itself (the bundler's), in one pass.
 *
 * Changes at one offset come out in the order in which they were made, so a walk in source order that adds a prefix on
 * entering a node and a suffix on leaving it nests them rightly.
 */
import { addMapping, GenMapping, setSourceContent, toEncodedMap } from '@jridgewell/gen-mapping'
import { decodedMappings, type EncodedSourceMap, type TraceMap } from '@jridgewell/trace-mapping'

interface Edit {
  start: number
  /** Beyond `start` for a removal. */
  end: number
  text: string
  /** Offset in the original whose position an error inside `text` gets; -1 for none. */
  at: number
}

export class Edits {
  readonly source: string
  private readonly edits: Edit[] = []

  constructor(source: string) {
    this.source = source
  }

  insert(at: number, text: string, position = -1): void {
    this.edits.push({ start: at, end: at, text, at: position })
  }

  replace(start: number, end: number, text: string, position = -1): void {
    this.edits.push({ start, end, text, at: position })
  }

  /** The changed text of a range, without a map. */
  text(start: number, end: number): string {
    let text = ''
    const copy = (from: number, to: number): void => {
      text += this.source.slice(from, to)
    }
    const write = (inserted: string): void => {
      text += inserted
    }
    this.write({ copy, write, mark: () => undefined }, start, end)
    return text
  }

  get count(): number {
    return this.edits.length
  }

  /** Puts a semicolon before a statement when the first change since `count` was `since` makes it begin with a parenthesis. */
  guardStatement(since: number, start: number): void {
    for (let i = since; i < this.edits.length && this.edits[i]!.start === start; i++) {
      const edit = this.edits[i]!
      if (edit.text === '') continue
      if (edit.text.startsWith('(')) edit.text = `;${edit.text}`
      return
    }
  }

  /** A place whose text is not known yet: set it before `apply`. */
  reserve(at: number): { text: string } {
    const edit = { start: at, end: at, text: '', at: -1 }
    this.edits.push(edit)
    return edit
  }

  /** The new text and its map to the sources of `upstream` (or to the text itself, named `name`, when there is none). */
  apply(
    prefix: string,
    suffix: string,
    upstream: TraceMap | undefined,
    name: string,
  ): { code: string; map: EncodedSourceMap } {
    const output = new Output(this.source, upstream, name)
    output.write(prefix)
    this.write(output, 0, this.source.length)
    output.write(suffix)
    return output.finish()
  }

  private write(output: Pick<Output, 'copy' | 'write' | 'mark'>, start: number, end: number): void {
    this.edits.sort((a, b) => a.start - b.start)
    let cursor = start
    for (const edit of this.edits) {
      if (edit.start > cursor) {
        output.copy(cursor, edit.start)
        cursor = edit.start
      }
      if (edit.at >= 0) output.mark(edit.at)
      output.write(edit.text)
      if (edit.end > cursor) cursor = edit.end
    }
    output.copy(cursor, end)
  }
}

/** One segment of a decoded map: generated column, and (unless it maps to nothing) source, line, column, name. */
type Segment = readonly number[]

class Output {
  private code = ''
  private line = 0
  private column = 0
  private readonly source: string
  private readonly lineStarts: number[] = [0]
  private readonly upstream: TraceMap | undefined
  private readonly segments: readonly (readonly Segment[])[]
  private readonly map = new GenMapping()
  private readonly name: string

  constructor(source: string, upstream: TraceMap | undefined, name: string) {
    this.source = source
    this.upstream = upstream
    this.name = name
    this.segments = upstream ? (decodedMappings(upstream) as unknown as Segment[][]) : []
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) this.lineStarts.push(at + 1)
  }

  write(text: string): void {
    this.code += text
    this.advance(text)
  }

  /** What is written next has the position of `offset`. */
  mark(offset: number): void {
    const line = this.lineOf(offset)
    const column = offset - this.lineStarts[line]!
    if (!this.upstream) {
      this.add(this.line, this.column, this.name, line, column, '')
      return
    }
    const row = this.segments[line]
    if (!row || row.length === 0) return
    this.addSegment(row[Math.max(0, lastAtOrBefore(row, column))]!, this.line, this.column)
  }

  copy(from: number, to: number): void {
    if (to <= from) return
    this.mark(from)
    let line = this.lineOf(from)
    let start = from
    while (start < to) {
      const next = this.lineStarts[line + 1] ?? this.source.length
      const end = Math.min(to, next)
      this.copyInLine(line, start, end)
      start = end
      line++
    }
  }

  finish(): { code: string; map: EncodedSourceMap } {
    this.upstream?.resolvedSources.forEach((_, index) => {
      const content = this.upstream!.sourcesContent?.[index]
      if (content != null) setSourceContent(this.map, this.sourceName(index), content)
    })
    if (!this.upstream) setSourceContent(this.map, this.name, this.source)
    return { code: this.code, map: toEncodedMap(this.map) as EncodedSourceMap }
  }

  private copyInLine(line: number, start: number, end: number): void {
    const lineStart = this.lineStarts[line]!
    const row = this.segments[line]
    if (row) {
      for (let i = lastAtOrBefore(row, start - lineStart) + 1; i < row.length; i++) {
        const column = row[i]![0]!
        if (column >= end - lineStart) break
        this.addSegment(row[i]!, this.line, this.column + column - (start - lineStart))
      }
    } else if (!this.upstream) this.addIdentity(line, start, end)
    this.write(this.source.slice(start, end))
  }

  /** Without a map of its own, each word of the text is its own source. */
  private addIdentity(line: number, start: number, end: number): void {
    const lineStart = this.lineStarts[line]!
    const word = /[\w$]+/g
    word.lastIndex = start
    for (let match = word.exec(this.source); match && match.index < end; match = word.exec(this.source)) {
      this.add(this.line, this.column + match.index - start, this.name, line, match.index - lineStart, '')
    }
  }

  private addSegment(segment: Segment, line: number, column: number): void {
    if (segment.length < 4) return
    const name = segment.length > 4 ? this.upstream!.names[segment[4]!]! : ''
    this.add(line, column, this.sourceName(segment[1]!), segment[2]!, segment[3]!, name)
  }

  private add(
    line: number,
    column: number,
    source: string,
    sourceLine: number,
    sourceColumn: number,
    name: string,
  ): void {
    addMapping(this.map, {
      generated: { line: line + 1, column },
      source,
      original: { line: sourceLine + 1, column: sourceColumn },
      name,
    })
  }

  private sourceName(index: number): string {
    return this.upstream!.resolvedSources[index] ?? this.name
  }

  private lineOf(offset: number): number {
    let low = 0
    let high = this.lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.lineStarts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  private advance(text: string): void {
    const last = text.lastIndexOf('\n')
    if (last < 0) {
      this.column += text.length
      return
    }
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.line++
    this.column = text.length - last - 1
  }
}

/** Index of the last segment at or before `column`, or -1. */
function lastAtOrBefore(row: readonly Segment[], column: number): number {
  let low = -1
  let high = row.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (row[middle]![0]! <= column) low = middle
    else high = middle - 1
  }
  return low
}
