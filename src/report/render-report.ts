/** A result as a report that people read: HTML, or Markdown when the file is named so. */
import { gzipSync } from 'node:zlib'
import type { NamedResult } from './compare.js'
import { htmlReport } from './html-page.js'
import { markdownReport } from './markdown-report.js'
import { pageDataOf } from './page-data.js'
import type { ResultFile } from './result-file.js'

/** A name that ends in `.gz` is compressed. With a baseline it is compared first. */
export function reportBytes(file: ResultFile, path: string, baseline?: NamedResult): Uint8Array {
  const isMarkdown = /\.(md|markdown)(\.gz)?$/i.test(path)
  const bytes = Buffer.from(isMarkdown ? markdownReport(file, baseline) : htmlReport(pageDataOf(file, baseline)))
  return path.endsWith('.gz') ? gzipSync(bytes) : bytes
}
