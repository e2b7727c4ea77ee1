/**
 * Every example runs as its first lines say: `sockeye run --echo <file>`, with exit code 0. A new example is a test at once.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { describe, it } from 'node:test'

const EXAMPLES = join(process.cwd(), 'examples')
const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')

/** Not scripts to run: what examples share, and whole applications with tests of their own. */
const NOT_EXAMPLES = ['grpc', 'lib', 'libraries', 'node_modules', 'npm']

interface Ended {
  readonly exitCode: number
  readonly output: string
}

function examples(folder = EXAMPLES): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_EXAMPLES.includes(entry.name) ? [] : examples(path)
    return /\.(ts|js)$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

function run(path: string): Promise<Ended> {
  const args = [MAIN, 'run', '--quiet', '--echo', path]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 120_000 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ exitCode, output: `${stdout}\n${stderr}` })
    })
  })
}

describe('examples', { concurrency: 2 }, () => {
  for (const path of examples()) {
    it(`${relative(EXAMPLES, path).split(sep).join('/')} runs and meets its thresholds`, async () => {
      const { exitCode, output } = await run(path)
      assert.equal(exitCode, 0, output)
    })
  }
})

describe('the quickstart', () => {
  it('measures round trips with a clock that sees less than a millisecond', () => {
    const script = readFileSync(join(EXAMPLES, 'quickstart.ts'), 'utf8')
    assert.match(script, /roundTrip\.add\(performance\.now\(\) - sentAt\)/)
    assert.doesNotMatch(script, /Date\.now/)
  })
})
