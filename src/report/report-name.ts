/** The form of a report, by the name of its file. */
import { extname } from 'node:path'
import { SockeyeError } from '../base/errors.js'

const MARKDOWN = ['.md', '.markdown']
/** A name without an ending is HTML, too. */
const HTML = ['.html', '.htm', '']

export function isMarkdownName(path: string): boolean {
  return MARKDOWN.includes(endingOf(path))
}

/** Refuses other endings: a file `report.pdf` would hold HTML. */
export function assertReportName(path: string): void {
  const ending = endingOf(path)
  if ([...MARKDOWN, ...HTML].includes(ending)) return
  throw new SockeyeError({
    code: 'ERR_INVALID_FLAG',
    message: `a report cannot be a ${ending} file: '${path}'`,
    hint: 'name it report.html or report.md, with .gz to compress it; sockeye run --save result.json keeps the result as JSON',
    exitCode: 255,
  })
}

function endingOf(path: string): string {
  return extname(path.replace(/\.gz$/i, '')).toLowerCase()
}
