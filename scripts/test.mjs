// npm test: installs what is missing, builds, lints, and runs the tests that need nothing but Node.
//   npm test                     all of them
//   npm run test:quick           those that take less than a minute together: no examples, no load in real time
//   npm run test:slow            the slow suite (test/slow): many virtual users, long ramps, examples with npm packages, every bench once
//   npm run test:debian          tests against servers from Debian's packages (test/debian)
//   npm test -- sketch net/dial  only test files whose path contains one of the words
//   … --node 24                  with the newest Node 24 from npm, instead of the installed Node
//   … --retry                    runs failed files once more, if they are at most three; those that pass then are reported as flaky
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, sep } from 'node:path'
import { installIfNeeded, root, run, runBin } from './lib.mjs'
import { groupFiles } from './test-groups.mjs'

/** Folders of test/ in which most tests start the command or run a load in real time. */
const REAL_TIME = ['api', 'cli', 'conformance', 'deploy', 'echo', 'examples', 'output', 'run', 'types']
/** Folders of test/ that run only when they are named: by the suite, or by a word like `debian/cluster-faults`. */
const APART = ['slow', 'debian']
/** A test file that takes longer than this hangs. Some run a load for a minute, on a machine that may be busy. */
const TIME_LIMIT_MS = 300_000

/** With --retry: when more files fail, none gets a second attempt. */
const RETRIED_FILES = 3

const words = process.argv.slice(2)
const isRetry = takeFlag('--retry')
const version = takeVersion()
const suite = ['quick', ...APART].find((name) => words[0] === name)
const filters = suite === undefined ? words : words.slice(1)

installIfNeeded()
run(process.execPath, [join(root, 'scripts', 'build.mjs'), 'test'])
if (filters.length === 0 && (suite === undefined || suite === 'quick')) {
  runBin(join('@biomejs', 'biome', 'bin', 'biome'), ['check', '--error-on-warnings', '.'])
}

const base = join(root, 'build', 'test')
const files = walk(base)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => belongs(relative(base, file).split(sep)[0]))
  .filter((file) => filters.length === 0 || filters.some((word) => relative(base, file).includes(word)))
if (files.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`)
  process.exit(1)
}
// Twice the number of cores, because tests mostly wait.
const concurrency = suite === 'slow' ? 1 : 2 * Math.max(2, availableParallelism())
const node = version === undefined ? process.execPath : nodeOfNpm(version)

// Files that somebody names run as they are, and so do those that need the machine for themselves.
const isGrouped = filters.length === 0 && !APART.includes(suite)
const groups = isGrouped ? groupFiles(files, join(root, 'build', 'together')) : new Map()
const grouped = new Set([...groups.values()].flat())
let failed = runTests([...groups.keys(), ...files.filter((file) => !grouped.has(file))], concurrency)
const lost = failed.filter((path) => groups.has(path)).flatMap((path) => groups.get(path))
if (lost.length > 0) {
  console.log('\na group ended as a whole; once more file by file, to see which one it was')
  const found = runTests(lost, concurrency)
  failed = [...new Set([...failed.filter((path) => !groups.has(path)), ...(found.length > 0 ? found : lost)])]
}
if (isRetry && failed.length > 0 && failed.length <= RETRIED_FILES) {
  const names = failed.map((file) => relative(base, file)).join(', ')
  console.log(`\nonce more, one after the other: ${names}`)
  failed = runTests(failed, 1)
  if (failed.length === 0) console.log(`\nFLAKY: passed only at the second attempt, and wants mending: ${names}`)
}
process.exit(failed.length === 0 ? 0 : 1)

/** Runs test files or groups of them; returns the paths with failures: of a file, or of a group that ended as a whole. */
function runTests(paths, atOnce) {
  const list = join(root, 'build', 'failed-files.txt')
  const { status } = spawnSync(
    node,
    [
      // Required, because each shard would start the loader of modules for what is imported.
      ...['--enable-source-maps', '--require', join(root, 'scripts', 'test-time-limit.cjs')],
      ...['--test', `--test-concurrency=${atOnce}`, `--test-timeout=${TIME_LIMIT_MS}`],
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...[`--test-reporter=${join(root, 'scripts', 'failed-files.mjs')}`, `--test-reporter-destination=${list}`],
      ...paths,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      // Later than the limit of a single test, so that this one is reported first.
      env: { ...process.env, SOCKEYE_TEST_FILE_LIMIT_MS: String(TIME_LIMIT_MS + 10_000) },
    },
  )
  if (status === 0) return []
  const named = readFileSync(list, 'utf8').split('\n').filter(Boolean)
  // The list is empty when the run was killed.
  if (named.length === 0) process.exit(1)
  // With source maps it has TypeScript files.
  return named.map((file) => file.replace(join(root, 'test'), base).replace(/\.ts$/, '.js'))
}

/** True when the tests of a folder of test/ belong to the suite, or are named by a word. */
function belongs(folder) {
  if (APART.includes(suite)) return folder === suite
  if (APART.includes(folder)) return filters.some((word) => word.startsWith(`${folder}/`))
  return suite !== 'quick' || !REAL_TIME.includes(folder)
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

/** Removes `--node` and its value from the words; returns the value. */
function takeVersion() {
  const at = words.indexOf('--node')
  return at < 0 ? undefined : words.splice(at, 2)[1]
}

/** Removes a flag from the words; returns whether it was there. */
function takeFlag(flag) {
  const at = words.indexOf(flag)
  if (at >= 0) words.splice(at, 1)
  return at >= 0
}

/** The path of a Node of that major version, which is installed from npm into build/. */
function nodeOfNpm(major) {
  const folder = join(root, 'build', `node-${major}`)
  const name = `node-${process.platform}-${process.arch}`
  const path = join(folder, 'node_modules', name, 'bin', 'node')
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${major}`], { cwd: folder })
  }
  return path
}
