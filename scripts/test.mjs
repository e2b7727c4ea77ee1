// npm test: installs what is missing, builds, lints, and runs the tests that need nothing but Node.
//   npm test                     all of them
//   npm run test:quick           those that answer within a minute: nothing that runs a whole test
//   node scripts/test.mjs core   no examples, no load in real time: what CI runs on other versions of Node
//   npm run test:slow            the slow suite (test/slow): many virtual users, long ramps, examples with npm packages, every bench once
//   npm run test:debian          tests against servers from Debian's packages (test/debian)
//   npm test -- sketch net/dial  only test files whose path contains one of the words
//   … --node 24                  with the newest Node 24 from npm, instead of the installed Node
//   … --retry                    runs failed files once more, if they are at most five; those that pass then are reported as flaky
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join, relative, sep } from 'node:path'
import { installIfNeeded, root, run, runBin } from './lib.mjs'
import { groupFiles } from './test-groups.mjs'

/** Folders of test/ in which most tests start the command or run a load in real time. They are not in the core. */
const REAL_TIME = ['api', 'cli', 'conformance', 'deploy', 'echo', 'examples', 'output', 'run', 'types']
/** Folders and files that take most of the time of the core: they run scripts as a whole, or random ones. */
const LONG = [
  ...[
    'cluster/one-run',
    'cluster/control',
    'dashboard',
    'docs',
    'engine/threads/error-stacks',
    'engine/threads/watchdog',
    'jslib',
    'log/loki',
    'modules',
    'node',
  ],
  ...['pausable/random', 'script/network-modules', 'terminal', 'verdict'],
]
/** What these suites leave out of all tests but those apart. */
const LEFT_OUT = { core: REAL_TIME, quick: [...REAL_TIME, ...LONG] }
/** Folders of test/ that run only when they are named: by the suite, or by a word like `debian/cluster-faults`. */
const APART = ['slow', 'debian']
/** A test file that takes longer than this hangs. Some run a load for a minute, on a machine that may be busy. */
const TIME_LIMIT_MS = 300_000

/** With --retry: when more files fail, none gets a second attempt. */
const RETRIED_FILES = 5

const words = process.argv.slice(2)
const isRetry = takeFlag('--retry')
const version = takeVersion()
const suite = ['quick', 'core', ...APART].find((name) => words[0] === name)
const filters = suite === undefined ? words : words.slice(1)

installIfNeeded()
run(process.execPath, [join(root, 'scripts', 'build.mjs'), 'test'])
if (filters.length === 0 && !APART.includes(suite)) {
  runBin(join('@biomejs', 'biome', 'bin', 'biome'), ['check', '--error-on-warnings', '.'])
}

const base = join(root, 'build', 'test')
const files = walk(base)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => belongs(relative(base, file).replaceAll(sep, '/')))
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
  const built = named.map((file) => file.replace(join(root, 'test'), base).replace(/\.ts$/, '.js'))
  const found = new Set(built.flatMap((path) => (paths.includes(path) || grouped.has(path) ? [path] : usersOf(path))))
  if (found.size === 0) process.exit(1)
  return [...found]
}

/** The test files that use a helper: a test that a helper declares is reported as one of the helper's file, which alone would run nothing. */
function usersOf(helper) {
  return files.filter((file) => readFileSync(file, 'utf8').includes(`/${basename(helper)}'`))
}

/** True when a test file, by its path in test/, belongs to the suite or is named by a word. */
function belongs(path) {
  const [folder] = path.split('/')
  if (APART.includes(suite)) return folder === suite
  if (APART.includes(folder)) return filters.some((word) => word.startsWith(`${folder}/`))
  return !LEFT_OUT[suite]?.some((part) => path.startsWith(`${part}/`) || path.startsWith(`${part}.`))
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
