/**
 * A text that is put together from pieces of another and new pieces, and its source map: composed with the map of the other text,
 * or to that text itself when it has none.
 */
import {
  type DecodedSourceMap,
  decodedMappings,
  type EncodedSourceMap,
  encodedMappings,
  TraceMap,
} from '@jridgewell/trace-mapping'
import { lastAtOrBefore, TextLines } from './text-lines.js'

/** One segment of a decoded map: generated column, and (unless it maps to nothing) source, line, column, name. */
type Segment = readonly number[]
type MappedSegment = [column: number, source: number, line: number, column: number, name?: number] | [column: number]

export class MappedOutput {
  private code = ''
  private column = 0
  private readonly source: string
  private readonly lines: TextLines
  private readonly upstream: TraceMap | undefined
  private readonly segments: readonly (readonly Segment[])[]
  private row: MappedSegment[] = []
  private readonly rows: MappedSegment[][] = [this.row]
  private readonly name: string

  constructor(source: string, upstream: TraceMap | undefined, name: string) {
    this.source = source
    this.upstream = upstream
    this.name = name
    this.segments = upstream ? (decodedMappings(upstream) as unknown as Segment[][]) : []
    this.lines = new TextLines(source)
  }

  write(text: string): void {
    this.code += text
    const last = text.lastIndexOf('\n')
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.newLine()
    this.column += text.length - last - 1
  }

  /** What is written next has the position of `offset`. */
  mark(offset: number): void {
    const { line, column } = this.lines.position(offset)
    if (!this.upstream) {
      this.row.push([this.column, 0, line, column])
      return
    }
    const row = this.segments[line]
    if (row && row.length > 0) this.addSegment(row[Math.max(0, lastAtOrBefore(row, column, columnOf))]!, this.column)
  }

  /** What is written next has no position. */
  markNowhere(): void {
    this.row.push([this.column])
  }

  /** A piece that begins inside a segment has the position of that segment. */
  private markWithin(offset: number): void {
    const { line, column } = this.lines.position(offset)
    const row = this.segments[line] ?? []
    const segment = row[lastAtOrBefore(row, column, columnOf)]
    if (segment !== undefined && segment[0] !== column) this.addSegment(segment, this.column)
  }

  copy(from: number, to: number): void {
    if (to <= from) return
    this.markWithin(from)
    this.code += this.source.slice(from, to)
    let start = from
    for (let { line } = this.lines.position(from); start < to; line++) {
      const next = this.lines.starts[line + 1]
      const end = next === undefined ? to : Math.min(to, next)
      this.mapLine(line, start, end)
      if (end === next) this.newLine()
      else this.column += end - start
      start = end
    }
  }

  finish(): { code: string; map: EncodedSourceMap } {
    const { upstream, rows } = this
    const decoded = {
      version: 3 as const,
      names: upstream ? upstream.names : [],
      sources: upstream ? upstream.resolvedSources.map((source) => source || this.name) : [this.name],
      sourcesContent: upstream ? upstream.sourcesContent : [this.source],
      mappings: rows,
    }
    const mappings = encodedMappings(new TraceMap(decoded as unknown as DecodedSourceMap))
    return { code: this.code, map: { ...decoded, mappings } }
  }

  /** The segments of one line, up to its end or `end`. */
  private mapLine(line: number, start: number, end: number): void {
    const lineStart = this.lines.starts[line]!
    if (!this.upstream) {
      this.mapWords(line, start, end)
      return
    }
    const row = this.segments[line] ?? []
    const shift = this.column - (start - lineStart)
    for (let i = lastAtOrBefore(row, start - lineStart - 1, columnOf) + 1; i < row.length; i++) {
      const column = row[i]![0]!
      if (column >= end - lineStart) break
      this.addSegment(row[i]!, column + shift)
    }
  }

  /** Without a map of its own, each word of the text is its own source. */
  private mapWords(line: number, start: number, end: number): void {
    const lineStart = this.lines.starts[line]!
    const word = /[\w$]+/g
    word.lastIndex = start
    for (let match = word.exec(this.source); match && match.index < end; match = word.exec(this.source)) {
      this.row.push([this.column + match.index - start, 0, line, match.index - lineStart])
    }
  }

  private addSegment(segment: Segment, column: number): void {
    if (segment.length === 4) this.row.push([column, segment[1]!, segment[2]!, segment[3]!])
    else if (segment.length === 5) this.row.push([column, segment[1]!, segment[2]!, segment[3]!, segment[4]!])
  }

  private newLine(): void {
    this.row = []
    this.rows.push(this.row)
    this.column = 0
  }
}

function columnOf(segment: Segment): number {
  return segment[0]!
}
