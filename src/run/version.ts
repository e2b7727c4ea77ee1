/** The version of this package, and of the tool whose scripts, files and habits it takes. */
import { existsSync, readFileSync } from 'node:fs'

/** Readers of our files that know k6 look at this to tell what is in them. */
export const K6_VERSION = '2.2.0'

export const version: string = (JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string }).version

/** Two folders up in the package; one more when tests run what was compiled for them. */
function packageFile(): URL {
  const file = new URL('../../package.json', import.meta.url)
  return existsSync(file) ? file : new URL('../../../package.json', import.meta.url)
}
