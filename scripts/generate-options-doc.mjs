// Writes docs/options.md from the tables of flags and options. With --check it only checks whether the file is up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './lib.mjs'

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/options-doc.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  packages: 'external',
})
const { optionsDoc } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
)
const path = join(root, 'docs', 'options.md')
const text = optionsDoc()
if (process.argv[2] !== '--check') writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  console.error('docs/options.md is out of date: node scripts/generate-options-doc.mjs')
  process.exitCode = 1
}
