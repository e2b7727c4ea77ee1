// npm test: install what is missing, build, lint, and run every test that needs nothing but Node.
//   npm test                     everything quick
//   npm test -- slow             the slow suite (test/slow)
//   npm test -- sketch net/dial  only test files whose path contains one of the words
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, sep } from 'node:path'
import { installIfNeeded, root, run, runBin } from './lib.mjs'

const words = process.argv.slice(2)
const slow = words[0] === 'slow'
const filters = slow ? words.slice(1) : words

installIfNeeded()
run(process.execPath, [join(root, 'scripts', 'build.mjs'), 'test'])
if (words.length === 0) runBin(join('@biomejs', 'biome', 'bin', 'biome'), ['check', '--error-on-warnings', '.'])

const base = join(root, 'build', 'test')
const files = walk(base)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => relative(base, file).startsWith(`slow${sep}`) === slow)
  .filter((file) => filters.length === 0 || filters.some((word) => relative(base, file).includes(word)))
if (files.length === 0) {
  console.error(`no test file matches ${filters.join(' ')}`)
  process.exit(1)
}
const concurrency = slow ? 1 : Math.max(2, availableParallelism())
const result = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', `--test-concurrency=${concurrency}`, ...files],
  { cwd: root, stdio: 'inherit' },
)
process.exit(result.status ?? 1)

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}
