// Builds dist/: declarations with tsc, and code with esbuild. Code is bundled into a few files, because loading two hundred small modules takes
// longer than a short test. With the argument "test" it also compiles src/ and test/ to build/, file by file.
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root, run, runBin } from './lib.mjs'

const tsc = join('typescript', 'bin', 'tsc')
rmSync(join(root, 'dist'), { recursive: true, force: true })
runBin(tsc, ['-p', 'tsconfig.json', '--emitDeclarationOnly'])

/** Packages that are not bundled, because not every test needs them. Others are bundled: to find a package takes longer than to read it. */
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
  // Makes files smaller, so that they load faster. Names are kept for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
}
// The command and the thread of a shard are two programs that src/base/launch-program.ts starts.
const wrapper = {
  define: { 'import.meta.url': 'moduleUrl' },
  format: 'cjs',
  // Code from the code cache of V8 cannot use import(), so esbuild makes require() of it.
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
for (const file of ['cli/program.cjs', 'threads/program.cjs']) assertAscii(file)
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
  // One folder deep, like the source files, so that paths relative to a module are right.
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  format: 'esm',
})
// The modules sockeye/utils and so on that scripts import. Each is one file, which the bundler of scripts reads.
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
  // Deletes earlier builds: a test that was moved would run twice.
  for (const folder of ['src', 'test']) rmSync(join(root, 'build', folder), { recursive: true, force: true })
  runBin(tsc, ['-p', 'tsconfig.test.json'])
  // Shards in tests run the bundle from dist/, as for users: a thread that loads three hundred modules takes four times as long as a whole test.
  const entry = join(root, 'build', 'src', 'engine', 'threads', 'entry.js')
  // A link, because what runs as CommonJS starts without the loader of modules.
  rmSync(entry)
  symlinkSync(join('..', '..', '..', '..', 'dist', 'threads', 'entry.js'), entry)
}

/** Programs are read as Latin-1. esbuild escapes all other characters, but for those in regular expressions. */
function assertAscii(file) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are ASCII, too.
  const found = /.{0,40}[^\x00-\x7f].{0,40}/.exec(readFileSync(join(root, 'dist', file), 'utf8'))
  if (found !== null)
    throw new Error(`write \\u… for characters that are not ASCII in regular expressions: ${found[0]}`)
}

/** Builds the page of a run as one file. Its Content-Security-Policy names its script and its style by their hashes. */
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

/** Runs a sample test, during which code-recorder.cjs writes the code cache of V8. */
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

/** The licences of all bundled packages, as these require. `files` are the inputs of the bundles. */
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
