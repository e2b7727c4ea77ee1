// Lists and runs the benches.
//   npm run bench                          lists them
//   npm run bench -- NAME [arguments]      runs one; builds first when there is no dist/
// The first comment of a bench says what it measures, its usage, and after "Smoke" the arguments of its shortest run, which a test of the slow
// suite runs.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installIfNeeded, root, run } from './lib.mjs'

const folder = join(root, 'bench')
const [name, ...args] = process.argv.slice(2)

if (name === undefined) {
  for (const bench of benches())
    console.log(`${bench.name.padEnd(20)} ${bench.about}\n${' '.repeat(20)} ${bench.usage}\n`)
} else {
  const bench = benches().find((each) => each.name === name)
  if (bench === undefined) {
    console.error(`there is no bench "${name}"; npm run bench lists them`)
    process.exit(1)
  }
  installIfNeeded()
  if (!existsSync(join(root, 'dist', 'cli', 'main.js'))) run(process.execPath, [join(root, 'scripts', 'build.mjs')])
  const child = spawnSync(process.execPath, ['--expose-gc', join(folder, `${name}.mjs`), ...args], { stdio: 'inherit' })
  process.exit(child.status ?? 1)
}

/** All files of bench/ with a usage line; the others are used by benches. */
function benches() {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.mjs'))
    .flatMap((file) => {
      const head = readFileSync(join(folder, file), 'utf8').split('*/')[0] ?? ''
      const usage = /\* Usage +(.+)/.exec(head)?.[1]
      if (usage === undefined) return []
      const about = head
        .replace('/**', '')
        .replace(/^ \* ?/gm, '')
        .trim()
        .split('\n\n')[0]
        .replace(/\s+/g, ' ')
      return [{ name: file.slice(0, -'.mjs'.length), about, usage }]
    })
}
