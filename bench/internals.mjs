/** Parts of sockeye that its commands do not show, for benches of them alone. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @param path of a module under `src/`, without its ending: `net/dialer`. Builds the tests when that has not been done. */
export async function internals(path) {
  const built = new URL(`../build/src/${path}.js`, import.meta.url)
  if (!existsSync(built)) {
    console.log('building first (node scripts/build.mjs test)')
    const build = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))
    const { status } = spawnSync(process.execPath, [build, 'test'], { stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
  }
  return import(built.href)
}
