// Builds dist/: declarations by tsc, code by esbuild as a few bundles, because loading some two hundred small modules would take
// longer than a short test. With the argument "test" it also compiles src/ and test/ as they are to build/, for the tests.
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root, run, runBin } from './lib.mjs'

const tsc = join('typescript', 'bin', 'tsc')
rmSync(join(root, 'dist'), { recursive: true, force: true })
runBin(tsc, ['-p', 'tsconfig.json', '--emitDeclarationOnly'])

/** What every test loads goes in; finding a package takes longer than reading it. The others are loaded when they are needed. */
const external = [
  'commander',
  'css-select',
  'esbuild',
  'fzstd',
  'parse5',
  'parse5-htmlparser2-tree-adapter',
  'tar',
  'tough-cookie',
  'undici',
  'protobufjs',
  'snappyjs',
  'aws4',
  '@grpc/grpc-js',
  '@nats-io/jetstream',
  '@nats-io/obj',
  '@nats-io/transport-node',
  'yaml',
]
const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external,
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
  // Less text is sooner read; names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
}
// The command and the thread of a shard: each a program that src/base/launch-program.ts starts.
const wrapper = {
  define: { 'import.meta.url': 'moduleUrl' },
  format: 'cjs',
  // Code that V8 has kept cannot import; what is not in the bundle is required.
  supported: { 'dynamic-import': false },
}
const programs = await build({
  ...common,
  ...wrapper,
  entryPoints: { 'cli/program': 'src/cli/main.ts', 'threads/program': 'src/engine/threads/entry.ts' },
  outExtension: { '.js': '.cjs' },
  banner: { js: '(function (require, moduleUrl) {' },
  footer: { js: '})' },
})
await build({
  ...common,
  ...wrapper,
  entryPoints: { 'cli/main': 'src/cli/launch.ts', 'threads/entry': 'src/engine/threads/launch.ts' },
  banner: { js: '#!/usr/bin/env node\nconst moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
})
await build({ ...common, ...wrapper, entryPoints: { 'pausable/compiler/entry': 'src/pausable/compiler/entry.ts' } })
for (const folder of ['cli', 'threads', 'pausable']) {
  writeFileSync(join(root, 'dist', folder, 'package.json'), '{ "type": "commonjs" }\n')
}
const api = await build({
  ...common,
  entryPoints: ['src/index.ts', 'src/echo/entry.ts'],
  // One level deep, as the source files are: paths relative to a module stay right.
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  format: 'esm',
})
// What scripts import as sockeye/utils and so on: each a file of its own, for the bundler of scripts.
const helpers = await build({
  absWorkingDir: root,
  outdir: 'dist/jslib',
  entryPoints: ['src/jslib/*.ts'],
  bundle: true,
  format: 'esm',
  target: 'es2023',
  external: ['k6', 'k6/*'],
  charset: 'utf8',
  metafile: true,
  logLevel: 'warning',
})
const page = await buildPage()
recordCode()
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
writeFileSync(
  join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'),
  licensesOf(
    Object.keys({
      ...page.metafile.inputs,
      ...programs.metafile.inputs,
      ...api.metafile.inputs,
      ...helpers.metafile.inputs,
    }),
  ),
)
if (process.argv[2] === 'test') {
  // Nothing of an earlier build: a test that was moved would run twice.
  for (const folder of ['src', 'test']) rmSync(join(root, 'build', folder), { recursive: true, force: true })
  runBin(tsc, ['-p', 'tsconfig.test.json'])
  // Shards of tests are those that users get: a thread that loads some three hundred modules takes four times as long as the whole test.
  const entry = join(root, 'build', 'src', 'engine', 'threads', 'entry.js')
  writeFileSync(entry, "import '../../../../dist/threads/entry.js'\n")
}

/** The page of a run, live and as a report: one file. Its policy names its script and its style by their hashes. */
async function buildPage() {
  runBin(tsc, ['-p', join('page', 'tsconfig.json')])
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['page/main.tsx', 'page/style.css'],
    outdir: 'dist/page',
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    metafile: true,
    logLevel: 'warning',
  })
  const textOf = (end) => result.outputFiles.find(({ path }) => path.endsWith(end)).text.trim()
  const [script, style] = [textOf('main.js').replaceAll('</script', '<\\/script'), textOf('style.css')]
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const policy =
    `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; connect-src {{connect}}; ` +
    `base-uri 'none'; form-action 'none'`
  const parts = {
    'content="policy"': `content="${policy}"`,
    '<!--style-->': `<style>${style}</style>`,
    '<!--script-->': `<script>${script}</script>`,
  }
  let html = readFileSync(join(root, 'page', 'page.html'), 'utf8')
  for (const [mark, text] of Object.entries(parts)) html = html.replace(mark, () => text)
  mkdirSync(join(root, 'dist', 'page'), { recursive: true })
  writeFileSync(join(root, 'dist', 'page', 'page.html'), html)
  return result
}

/** Runs a sample test, so that the code of all that tests use is kept. */
function recordCode() {
  const recorder = join(root, 'scripts', 'code-recorder.cjs')
  const sample = join(root, 'scripts', 'sample-test.ts')
  const args = [
    '--require',
    recorder,
    join(root, 'dist', 'cli', 'main.js'),
    'run',
    '--quiet',
    '--echo',
    '--shards',
    '1',
    sample,
  ]
  run(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** The licences of the packages that these files are from, as theirs ask for. */
function licensesOf(files) {
  const names = new Set(files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []))
  return [...names]
    .sort()
    .map((name) => {
      const folder = join(root, 'node_modules', name)
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const license = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file))
      if (license === undefined) throw new Error(`${name} has no licence file: it cannot be bundled`)
      return `${name} ${version}\n\n${readFileSync(join(folder, license), 'utf8').trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
