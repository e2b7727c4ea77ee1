/** Makes a report of a result: HTML, or Markdown when the file is named so. It works in turns, because the report of a long run takes seconds. */
import { inTurns } from '../base/turns.js'
import { compareWork, type NamedResult } from './compare.js'
import { htmlReport } from './html-page.js'
import { markdownReport } from './markdown-report.js'
import { pageDataWork } from './page-data.js'
import { isMarkdownName } from './report-name.js'
import { fileBytes, type ResultFile } from './result-file.js'

/** The bytes of the report. With a baseline it has a comparison. */
export async function reportBytes(file: ResultFile, path: string, baseline?: NamedResult): Promise<Uint8Array> {
  const text = isMarkdownName(path)
    ? await markdownOf(file, baseline)
    : await htmlReport(await inTurns(pageDataWork(file, baseline)))
  return fileBytes(text, path)
}

async function markdownOf(file: ResultFile, baseline?: NamedResult): Promise<string> {
  if (baseline === undefined) return markdownReport(file)
  return markdownReport(file, await inTurns(compareWork(baseline, { path: 'this run', file })))
}
