import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { createCertificate } from '../../../src/echo/certificate.js'
import { type ArchiveMetadata, readArchive, writeArchive } from '../../../src/script/archive.js'
import { packTar, readTar } from '../../../src/script/tar.js'
import { type CliFolder, type Ended, inFolder } from '../../helpers/cli.js'
import { inFolderHere } from '../../helpers/run-here.js'

const SCRIPT = `
import { Counter } from 'k6/metrics'
import { shout } from './lib/shout'
import words from './words.json'
const data = open('./data.txt')
const bytes = open('data.txt', 'b')
const counter = new Counter('mine')
export const options = {
  iterations: 2,
  thresholds: { mine: [{ threshold: 'count==2', abortOnFail: true, delayAbortEval: '10s' }, 'count<100'] },
  scenarios: undefined,
  tags: { team: 'a' },
  dns: { ttl: '1m' },
}
export default function () {
  counter.add(1)
  console.log(shout(data), bytes instanceof ArrayBuffer, bytes.byteLength, words.length, __ENV.COLOR, __ENV.SIZE)
}`

const ARCHIVE_METADATA: ArchiveMetadata = {
  type: 'js',
  options: {},
  filename: 'file:///s.js',
  pwd: 'file:///',
  env: {},
  compatibilityMode: 'extended',
  k6version: '2.0.0',
  goos: 'linux',
  dependencies: {},
}

async function writeTest({ write }: CliFolder): Promise<void> {
  await write('s.ts', SCRIPT)
  await write('lib/shout.ts', 'export const shout = (text: string): string => text.toUpperCase()')
  await write('words.json', '["a", "b"]')
  await write('data.txt', 'hello')
}

/** What the script printed. */
const printed = ({ stderr }: Ended): string[] =>
  [...stderr.matchAll(/msg="?([^"\n]*?)"? source=console/g)].map(([, text]) => text as string)

describe('sockeye archive', { concurrency: 2 }, () => {
  it('writes a test that runs where nothing else of it is', () =>
    inFolder(async (folder) => {
      await writeTest(folder)
      const made = await folder.sockeye(['archive', '-e', 'COLOR=red', '-e', 'SIZE=1', '-O', 'x.tar', 's.ts'])
      assert.deepEqual([made.exitCode, made.stdout, made.stderr], [0, '', ''])
      for (const path of ['s.ts', 'lib', 'words.json', 'data.txt']) await folder.remove(path)
      const ran = await folder.sockeye(['run', '-q', '-e', 'SIZE=2', 'x.tar'])
      assert.equal(ran.exitCode, 0, ran.stdout + ran.stderr)
      assert.deepEqual(printed(ran), Array(2).fill('HELLO true 5 2 red 2'))
      assert.doesNotMatch(ran.stderr, /level=(warning (?!msg="the load generator is the limit)|error)/)
    }))

  it('stores the whole configuration, which then counts as that of the script', () =>
    inFolderHere(async (folder) => {
      await writeTest(folder)
      await folder.write('config.json', '{ "minIterationDuration": "1ms", "vus": 9 }')
      const env = { K6_TEARDOWN_TIMEOUT: '7s' }
      const made = await folder.sockeye(['archive', '-c', 'config.json', '--vus', '2', '--iterations', '4', 's.ts'], {
        env,
      })
      assert.equal(made.exitCode, 0, made.stderr)
      const inspected = await folder.sockeye(['inspect', '--execution-requirements', 'archive.tar'])
      assert.deepEqual([inspected.exitCode, inspected.stderr], [0, ''])
      const { vus, iterations, teardownTimeout, minIterationDuration, tags, thresholds, dns, maxVUs } = JSON.parse(
        inspected.stdout,
      )
      assert.deepEqual([vus, iterations, teardownTimeout, minIterationDuration, maxVUs], [2, 4, '7s', '1ms', 2])
      assert.deepEqual([tags, dns.ttl], [{ team: 'a' }, '1m'])
      assert.deepEqual(thresholds, {
        mine: [{ threshold: 'count==2', abortOnFail: true, delayAbortEval: '10s' }, 'count<100'],
      })
      const flags = await folder.sockeye(['inspect', '--execution-requirements', 'archive.tar'], {
        env: { K6_VUS: '3' },
      })
      assert.equal(JSON.parse(flags.stdout).vus, 3)
    }))

  it('goes through standard output and standard input', () =>
    inFolder(async (folder) => {
      await writeTest(folder)
      const { bytes } = await folder.sockeye(['archive', '-O', '-', 's.ts'])
      await folder.remove('data.txt')
      const ran = await folder.sockeye(['run', '-q', '-'], { stdin: bytes })
      assert.deepEqual([ran.exitCode, printed(ran).length], [0, 2], ran.stderr)
    }))

  it('archives an archive, with other options', () =>
    inFolderHere(async (folder) => {
      await writeTest(folder)
      await folder.sockeye(['archive', '-e', 'COLOR=red', '-O', 'x.tar', 's.ts'])
      await folder.remove('lib')
      const again = await folder.sockeye(['archive', '--iterations', '2', '--vus', '2', '-O', 'y.tar', 'x.tar'])
      assert.equal(again.exitCode, 0, again.stderr)
      const [first, second] = await Promise.all(
        ['x.tar', 'y.tar'].map(async (name) => readArchive(name, await folder.read(name))),
      )
      assert.deepEqual([...(second?.files.keys() ?? [])], [...(first?.files.keys() ?? [])])
      assert.deepEqual(second?.metadata.env, { COLOR: 'red' })
      assert.equal(second?.metadata.options['vus'], 2)
      const ran = await folder.sockeye(['run', '-q', 'y.tar'])
      assert.deepEqual([ran.exitCode, printed(ran).length], [0, 2], ran.stderr)
    }))

  it('stores variables of the user only, and none with --exclude-env-vars', () =>
    inFolderHere(async (folder) => {
      await writeTest(folder)
      const envOf = async (flags: readonly string[]) => {
        await folder.sockeye(['archive', ...flags, 's.ts'], { env: { SECRET: 'x' } })
        return (await readArchive('a', await folder.read('archive.tar'))).metadata.env
      }
      assert.deepEqual(await envOf(['-e', 'A=1']), { A: '1' })
      assert.deepEqual(await envOf(['-e', 'A=1', '--exclude-env-vars']), {})
      assert.equal((await envOf(['--include-system-env-vars']))['SECRET'], 'x')
    }))

  it('keeps files outside the archive out of reach', () =>
    inFolderHere(async (folder) => {
      await folder.write('s.js', "if (__ENV.MORE) open('./other.txt')\nexport default function () {}")
      await folder.write('other.txt', 'text')
      assert.equal((await folder.sockeye(['archive', 's.js'])).exitCode, 0)
      const { exitCode, stderr } = await folder.sockeye(['run', '-q', '-e', 'MORE=1', 'archive.tar'])
      assert.match(stderr, /open \.\/other\.txt: no such file in the archive/)
      assert.equal(exitCode, 107)
    }))

  it('runs a CommonJS script, and keeps its compatibility mode', () =>
    inFolderHere(async (folder) => {
      await folder.write('s.js', "module.exports.default = () => console.log(typeof global, require('./a.js').a)")
      await folder.write('a.js', 'exports.a = 1')
      await folder.sockeye(['archive', '--compatibility-mode', 'base', 's.js'])
      await folder.remove('a.js')
      const ran = await folder.sockeye(['run', '-q', 'archive.tar'])
      assert.deepEqual([ran.exitCode, printed(ran)], [0, ['undefined 1']], ran.stderr)
      const extended = await folder.sockeye(['run', '-q', '--compatibility-mode', 'extended', 'archive.tar'])
      assert.deepEqual(printed(extended), ['object 1'])
    }))

  it('points errors at the lines of the script', () =>
    inFolderHere(async (folder) => {
      await folder.write('s.ts', "type A = 1\n\nexport default function () {\n  throw new Error('here')\n}\n")
      await folder.sockeye(['archive', 's.ts'])
      await folder.remove('s.ts')
      assert.match((await folder.sockeye(['run', '-q', 'archive.tar'])).stderr, /s\.ts:4:/)
    }))

  it('runs an archive of k6, which holds no bundle', () =>
    inFolderHere(async (folder) => {
      const tar = await packTar(
        [
          { path: 'metadata.json', content: Buffer.from(JSON.stringify(K6_METADATA)) },
          { path: 'data', content: Buffer.from(K6_SCRIPT) },
          { path: 'file/home/nobody/test/s.js', link: 'data' },
          { path: 'file/home/nobody/test/lib/a.ts', content: Buffer.from('export const a: number = 1') },
          { path: 'file/home/nobody/test/data.txt', content: Buffer.from('data') },
          { path: 'https/jslib.k6.io/b.js', content: Buffer.from("import { c } from './c.js'\nexport const b = c") },
          { path: 'https/jslib.k6.io/c.js', content: Buffer.from('export const c = 3') },
        ],
        new Date(),
      )
      await folder.write('k6.tar', tar)
      const ran = await folder.sockeye(['run', '-q', 'k6.tar'])
      assert.deepEqual([ran.exitCode, printed(ran)], [0, Array(3).fill('1 data 3 blue')], ran.stderr)
      const missing = K6_SCRIPT.replace('./lib/a.ts', './lib/z.ts')
      await folder.write(
        'bad.tar',
        await packTar(
          [
            { path: 'metadata.json', content: Buffer.from(JSON.stringify(K6_METADATA)) },
            { path: 'data', content: Buffer.from(missing) },
          ],
          new Date(),
        ),
      )
      const failed = await folder.sockeye(['run', '-q', 'bad.tar'])
      assert.match(failed.stderr, /lib\/z\.ts.*the archive has no such file/)
      assert.equal(failed.exitCode, 107)
    }))

  it('refuses an archive that needs modules of another version', () =>
    inFolderHere(async (folder) => {
      const code = "import { x } from 'k6/x/future'\nexport default () => x"
      const main = Buffer.from(code)
      const program = { code, map: EMPTY_MAP, isCommonJs: false }
      const archive = { metadata: ARCHIVE_METADATA, main, files: new Map(), program }
      await folder.write('x.tar', await writeArchive(archive, new Date()))
      const { exitCode, stderr } = await folder.sockeye(['run', 'x.tar'])
      assert.match(stderr, /imports modules that this version does not have: \\"k6\/x\/future\\"/)
      assert.equal(exitCode, 107)
    }))

  for (const [what, content, message] of [
    ['no tar file', Buffer.from('export default () => {}'), /"x\.tar\\?" is not a tar file/],
    ['another tar file', undefined, /is not the archive of a test: it has no metadata\.json/],
  ] as const) {
    it(`refuses ${what} with exit code 255`, () =>
      inFolderHere(async (folder) => {
        const other = await packTar([{ path: 'a.txt', content: Buffer.from('a') }], new Date())
        await folder.write('x.tar', content ?? other)
        const { exitCode, stderr } = await folder.sockeye(['run', '-t', 'archive', 'x.tar'])
        assert.match(stderr, message)
        assert.equal(exitCode, 255)
      }))
  }

  it('refuses an archive whose bundle does not match its sources, and bundles again when there is no digest', () =>
    inFolderHere(async (folder) => {
      await folder.write('s.js', `export default () => console.log('the right one')`)
      await folder.sockeye(['archive', 's.js', '-O', 'x.tar'])
      const entries = await readTar('x.tar', await readFile(join(folder.path, 'x.tar')))
      const repack = async (change: (path: string, text: string) => string): Promise<void> => {
        const changed = entries.map(({ path, content, link }) =>
          link !== undefined
            ? { path, link }
            : { path, content: Buffer.from(change(path, Buffer.from(content ?? []).toString())) },
        )
        await folder.write('y.tar', await packTar(changed, new Date()))
      }
      const wrong = (text: string): string => text.replace('the right one', 'another one')
      for (const changed of ['data', 'sockeye/bundle.js']) {
        await repack((path, text) => (path === changed ? wrong(text) : text))
        const { exitCode, stderr } = await folder.sockeye(['run', '-q', 'y.tar'])
        assert.equal(exitCode, 255)
        assert.match(stderr, /the bundle does not match its sources/)
      }
      await repack((path, text) =>
        path === 'metadata.json'
          ? text.replace(/,\s*"sockeyeDigest": "[^"]*"/, '')
          : path === 'sockeye/bundle.js'
            ? wrong(text)
            : text,
      )
      const { stderr } = await folder.sockeye(['run', '-q', 'y.tar'])
      assert.match(stderr, /the right one/)
    }))

  for (const [what, metadata] of [
    ['nothing', 'null'],
    ['no URLs', JSON.stringify({ type: 'js', filename: 'x', pwd: 'y' })],
    ['options that are none', JSON.stringify({ type: 'js', filename: 'file:///s.js', pwd: 'file:///', options: 7 })],
    [
      'variables that are no texts',
      JSON.stringify({ type: 'js', filename: 'file:///s.js', pwd: 'file:///', env: { A: {} } }),
    ],
    ['JSON nested 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000)],
  ] as const) {
    it(`refuses metadata with ${what} without a dump`, () =>
      inFolderHere(async (folder) => {
        const entries = [
          { path: 'metadata.json', content: Buffer.from(metadata) },
          { path: 'data', content: Buffer.from('export default () => {}') },
        ]
        await folder.write('x.tar', await packTar(entries, new Date()))
        const { exitCode, stderr } = await folder.sockeye(['run', 'x.tar'])
        assert.equal(exitCode, 255, stderr)
        assert.match(stderr, /metadata\.json of the archive/)
        assert.doesNotMatch(stderr, /\n\s+at /)
      }))
  }

  it('says that the private keys of options.tlsAuth are in; inspect leaves them out', () =>
    inFolderHere(async (folder) => {
      const { cert, key } = createCertificate(['localhost'])
      const options = JSON.stringify({ tlsAuth: [{ cert, key }] })
      await folder.write('s.js', `export const options = ${options}\nexport default () => {}`)
      const archived = await folder.sockeye(['archive', 's.js', '-O', 'x.tar'])
      assert.match(archived.stderr, /the archive holds the private keys of options\.tlsAuth/)
      const { stdout } = await folder.sockeye(['inspect', 's.js'])
      assert.match(stdout, /BEGIN CERTIFICATE/)
      assert.doesNotMatch(stdout, /PRIVATE KEY/)
    }))

  it('says so when the archive cannot be written', () =>
    inFolderHere(async (folder) => {
      await folder.write('s.js', 'export default () => {}')
      const { exitCode, stderr } = await folder.sockeye(['archive', '-O', 'no/where.tar', 's.js'])
      assert.match(stderr, /the archive could not be written to \\"no\/where\.tar\\"/)
      assert.equal(exitCode, 255)
    }))
})

const EMPTY_MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' })

const K6_SCRIPT = `
import { a } from './lib/a.ts'
import { b } from 'https://jslib.k6.io/b.js'
const data = open('./data.txt')
export const options = { iterations: 1 }
export default function () { console.log(a, data, b, __ENV.COLOR) }`

const K6_METADATA = {
  type: 'js',
  options: {
    vus: null,
    iterations: 3,
    scenarios: null,
    systemTags: ['url'],
    summaryTrendStats: ['avg'],
    features: null,
  },
  filename: pathToFileURL('/home/nobody/test/s.js').href,
  pwd: pathToFileURL('/home/nobody/test').href,
  env: { COLOR: 'blue' },
  compatibilityMode: 'extended',
  k6version: '2.2.0',
  goos: 'linux',
  dependencies: { k6: '*' },
}
