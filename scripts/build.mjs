// Builds dist/: declarations by tsc, code by esbuild as a few bundles, because loading some two hundred small modules would take
// longer than a short test. With the argument "test" it also compiles src/ and test/ as they are to build/, for the tests.
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root, runBin } from './lib.mjs'

const tsc = join('typescript', 'bin', 'tsc')
rmSync(join(root, 'dist'), { recursive: true, force: true })
runBin(tsc, ['-p', 'tsconfig.json', '--emitDeclarationOnly'])
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/index.ts', 'src/cli/main.ts', 'src/worker/entry.ts', 'src/echo/entry.ts'],
  outdir: 'dist',
  // One level deep, as the source files are: paths relative to a module stay right.
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // What every test loads goes in; finding a package takes longer than reading it. The others are loaded when they are needed.
  external: ['commander', 'esbuild', 'tar', 'tough-cookie'],
  // Less text is sooner read; names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
})
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
writeFileSync(join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'), licensesOf(Object.keys(metafile.inputs)))
if (process.argv[2] === 'test') runBin(tsc, ['-p', 'tsconfig.test.json'])

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
