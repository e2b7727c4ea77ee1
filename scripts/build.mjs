// Builds dist/: declarations by tsc, code by esbuild as a few bundles, because loading some two hundred small modules would take
// longer than a short test. With the argument "test" it also compiles src/ and test/ as they are to build/, for the tests.
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root, runBin } from './lib.mjs'

const tsc = join('typescript', 'bin', 'tsc')
rmSync(join(root, 'dist'), { recursive: true, force: true })
runBin(tsc, ['-p', 'tsconfig.json', '--emitDeclarationOnly'])
await build({
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
  packages: 'external',
  sourcemap: true,
  keepNames: true,
  logLevel: 'warning',
})
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
if (process.argv[2] === 'test') runBin(tsc, ['-p', 'tsconfig.test.json'])
