/**
 * Changes to a text that leave everything else byte for byte, and the source map of the result composed with the map of
 * the text itself (the bundler's), in one pass.
 *
 * Changes at one offset come out in the order in which they were made, so a walk in source order that adds a prefix on
 * entering a node and a suffix on leaving it nests them rightly.
 */
import type { EncodedSourceMap, TraceMap } from '@jridgewell/trace-mapping'
import { MappedOutput } from './mapped-output.js'

/** Where to insert what comes before the whole text. */
export const BEFORE_PROGRAM = -1

interface Edit {
  start: number
  /** Greater than `start` when original text is removed. */
  end: number
  text: string
  /** Offset in the original whose position an error inside `text` gets; -1 for that of the text before, or NOWHERE. */
  at: number
}

/** For inserted text without a position: stacks that are shown to the user leave its frames out. */
export const NOWHERE = -2

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
    this.write({ copy, write, mark: () => undefined, markNowhere: () => undefined }, start, end)
    return text
  }

  get count(): number {
    return this.edits.length
  }

  /**
   * Puts a semicolon before the statement at `start` when a change makes it begin with a parenthesis: after a line without a semicolon it
   * would be a call.
   * @param since the `count` before the statement was visited
   */
  guardStatement(since: number, start: number): void {
    for (let i = since; i < this.edits.length; i++) {
      const edit = this.edits[i]!
      if (edit.text === '' || edit.start === BEFORE_PROGRAM) continue
      if (edit.start !== start) return
      if (edit.text.startsWith('(')) edit.text = `;${edit.text}`
      return
    }
  }

  /** Reserves a place. Its text may be set later, before `apply`. */
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
    const output = new MappedOutput(this.source, upstream, name)
    output.write(prefix)
    this.write(output, 0, this.source.length)
    output.write(suffix)
    return output.finish()
  }

  private write(
    output: Pick<MappedOutput, 'copy' | 'write' | 'mark' | 'markNowhere'>,
    start: number,
    end: number,
  ): void {
    this.edits.sort((a, b) => a.start - b.start)
    let cursor = start
    for (const edit of this.edits) {
      if (edit.start > cursor) {
        output.copy(cursor, edit.start)
        cursor = edit.start
      }
      if (edit.at >= 0) output.mark(edit.at)
      else if (edit.at === NOWHERE) output.markNowhere()
      output.write(edit.text)
      if (edit.end > cursor) cursor = edit.end
    }
    output.copy(cursor, end)
  }
}
