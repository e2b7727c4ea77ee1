/** The version of this package, and the version of k6 that it is compatible with. */
import { existsSync, readFileSync } from 'node:fs'

/** Stands in our files where k6 writes its version, for programs that read files of k6. */
export const K6_VERSION = '2.2.0'

export const version: string = (JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string }).version

/** Two folders up in the package, three folders up from compiled tests. */
function packageFile(): URL {
  const file = new URL('../../package.json', import.meta.url)
  return existsSync(file) ? file : new URL('../../../package.json', import.meta.url)
}
