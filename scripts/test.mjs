// npm test: install what is missing, build, lint, and run every test that needs nothing but Node.
//   npm test                     all of them
//   npm run test:quick           those that give an answer within a minute: no examples, nothing that plays a load in real time
//   npm run test:slow            the slow suite (test/slow): many virtual users, long ramps, examples with npm packages, every bench once
//   npm run test:debian          tests against servers from Debian's packages (test/debian)
//   npm test -- sketch net/dial  only test files whose path contains one of the words
//   … --node 24                  with the newest Node 24 that npm has, instead of the machine's own
//   … --retry                    files that failed, if they are few, run once more by themselves; what passes only then is named as flaky
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installIfNeeded, root, run, runBin } from './lib.mjs'

/** Folders of test/ in which most tests start the command or play a load in real time. */
const REAL_TIME = ['api', 'cli', 'conformance', 'deploy', 'echo', 'examples', 'output', 'run', 'types']
/** Folders of test/ that run only when they are asked for: by the name of the suite, or by a word like `debian/cluster-faults`. */
const APART = ['slow', 'debian']
/** A test file that takes longer than this hangs. Some play a minute of load, on a machine that may be busy. */
const TIME_LIMIT_MS = 300_000

/** With --retry: when no more files fail than these, they get a second attempt. */
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
// Twice as many as there are cores, because most tests wait most of the time.
const concurrency = suite === 'slow' ? 1 : 2 * Math.max(2, availableParallelism())
const node = version === undefined ? process.execPath : nodeOfNpm(version)

let failed = runTests(files, concurrency)
if (isRetry && failed.length > 0 && failed.length <= RETRIED_FILES) {
  const names = failed.map((file) => relative(base, file)).join(', ')
  console.log(`\nonce more, one after the other: ${names}`)
  failed = runTests(failed, 1)
  if (failed.length === 0) console.log(`\nFLAKY: passed only at the second attempt, and wants mending: ${names}`)
}
process.exit(failed.length === 0 ? 0 : 1)

/** Runs test files, the failures once more at the end of what is printed; returns the files in which something failed. */
function runTests(paths, atOnce) {
  const list = join(root, 'build', 'failed-files.txt')
  const { status } = spawnSync(
    node,
    [
      ...['--enable-source-maps', `--import=${pathToFileURL(join(root, 'scripts', 'test-time-limit.mjs'))}`],
      ...['--test', `--test-concurrency=${atOnce}`, `--test-timeout=${TIME_LIMIT_MS}`],
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...[`--test-reporter=${join(root, 'scripts', 'failed-files.mjs')}`, `--test-reporter-destination=${list}`],
      ...paths,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      // A little later, so that a test that is over its time can say so.
      env: { ...process.env, SOCKEYE_TEST_FILE_LIMIT_MS: String(TIME_LIMIT_MS + 10_000) },
    },
  )
  if (status === 0) return []
  const named = readFileSync(list, 'utf8').split('\n').filter(Boolean)
  // Source maps name the TypeScript file. A run that was killed names none.
  const names = named.map((file) =>
    relative(file.endsWith('.ts') ? join(root, 'test') : base, file).replace(/\.ts$/, '.js'),
  )
  return names.length === 0 ? paths : names.map((name) => join(base, name))
}

/** Whether the tests of a folder of test/ are part of what was asked for. */
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

/** The word after `--node`, taken out of the words. */
function takeVersion() {
  const at = words.indexOf('--node')
  return at < 0 ? undefined : words.splice(at, 2)[1]
}

/** Whether a flag is among the words, out of which it is taken. */
function takeFlag(flag) {
  const at = words.indexOf(flag)
  if (at >= 0) words.splice(at, 1)
  return at >= 0
}

/** Path of a Node of that major version, from the packages of npm; kept in build/. */
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
