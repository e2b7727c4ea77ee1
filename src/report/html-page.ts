/**
 * The page of a run as one file: page/ as it was built, with the data inside. It loads nothing, and its policy forbids that it could.
 *
 * Shape   the data is JSON, compressed, in base64: no text of a target or a script can be markup
 */
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { inTurns, type Work } from '../base/turns.js'
import type { PageData } from './page-data.js'

const DATA_MARK = 'data-mark'
const POLICY_MARK = '{{connect}}'

/** For a file: nothing may be loaded or sent. */
export async function htmlReport(data: PageData): Promise<string> {
  const text = (await promisify(gzip)(await inTurns(jsonWork(data)), { level: 9 })).toString('base64')
  return template().replace(POLICY_MARK, "'none'").replace(DATA_MARK, text)
}

/** One series at a time: together they may be many megabytes. */
function* jsonWork({ series, ...rest }: PageData): Work<string> {
  const texts: string[] = []
  for (const each of series) {
    texts.push(JSON.stringify(each))
    yield
  }
  return `${JSON.stringify(rest).slice(0, -1)},"series":[${texts.join(',')}]}`
}

/** To be served: it asks where it came from for the data. */
export function livePage(): string {
  return template().replace(POLICY_MARK, "'self'").replace(DATA_MARK, '')
}

function template(): string {
  return readFileSync(pageFile(), 'utf8')
}

/** Beside the folder of the program in the package; tests run what was compiled for them. */
function pageFile(): URL {
  const file = new URL('../page/page.html', import.meta.url)
  return existsSync(file) ? file : new URL('../../../dist/page/page.html', import.meta.url)
}
