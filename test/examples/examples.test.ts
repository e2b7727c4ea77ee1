/**
 * Every example runs as its first lines say: `sockeye run --echo <file>`, with exit code 0. A new example is a test at once.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { describe, it } from 'node:test'
import { EXAMPLES, runExample } from '../helpers/run-example.js'

/** Not scripts to run: what examples share, and whole applications with tests of their own. */
const NOT_EXAMPLES = ['grpc', 'lib', 'libraries', 'node_modules', 'npm']

function examples(folder = EXAMPLES): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_EXAMPLES.includes(entry.name) ? [] : examples(path)
    return /\.(ts|js)$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [relative(EXAMPLES, path)] : []
  })
}

describe('examples', { concurrency: 2 }, () => {
  for (const path of examples()) {
    it(`${path.split(sep).join('/')} runs and meets its thresholds`, () => runExample(path, {}, ['--echo']))
  }
})

describe('the quickstart', () => {
  it('measures round trips with a clock that sees less than a millisecond', () => {
    const script = readFileSync(join(EXAMPLES, 'quickstart.ts'), 'utf8')
    assert.match(script, /roundTrip\.add\(performance\.now\(\) - sentAt\)/)
    assert.doesNotMatch(script, /Date\.now/)
  })
})
