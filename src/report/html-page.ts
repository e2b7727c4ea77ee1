/**
 * The page of a run as one HTML file: page/ as it was built, with the data inside. Its content security policy forbids it to load anything.
 *
 * Shape   the data is JSON, compressed, in base64, so that no text of a target or a script can be markup
 */
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { inTurns, type Work } from '../base/turns.js'
import type { PageData } from './page-data.js'

const DATA_MARK = 'data-mark'
const POLICY_MARK = '{{connect}}'

/** The page with its data. */
export async function htmlReport(data: PageData): Promise<string> {
  const text = (await promisify(gzip)(await inTurns(jsonWork(data)), { level: 9 })).toString('base64')
  return template().replace(POLICY_MARK, "'none'").replace(DATA_MARK, text)
}

/** As JSON, in turns of one series: all together may have many megabytes. */
function* jsonWork({ series, ...rest }: PageData): Work<string> {
  const texts: string[] = []
  for (const each of series) {
    texts.push(JSON.stringify(each))
    yield
  }
  return `${JSON.stringify(rest).slice(0, -1)},"series":[${texts.join(',')}]}`
}

/** The page without data. It asks the server that it came from. */
export function livePage(): string {
  return template().replace(POLICY_MARK, "'self'").replace(DATA_MARK, '')
}

function template(): string {
  return readFileSync(pageFile(), 'utf8')
}

/** The package has it beside the folder of the program. Tests run compiled files that lie elsewhere. */
function pageFile(): URL {
  const file = new URL('../page/page.html', import.meta.url)
  return existsSync(file) ? file : new URL('../../../dist/page/page.html', import.meta.url)
}
