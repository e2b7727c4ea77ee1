/**
 * esbuild, loaded when it is needed: commands without a script, and scripts in archives, do without. It works in a process of its own,
 * which can be started ahead.
 */
import { createRequire } from 'node:module'

type Esbuild = typeof import('esbuild')

/** By `require`, which is faster here than `import`: that reads the whole package once more, for the names of its exports. */
export function loadBundler(): Esbuild {
  return createRequire(import.meta.url)('esbuild') as Esbuild
}

/** Starts its process. An error shows when the bundler is used. */
export async function startBundlerAhead(): Promise<void> {
  try {
    await loadBundler().transform('')
  } catch {}
}
