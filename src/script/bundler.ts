/**
 * esbuild, loaded when it is needed: commands without a script, and scripts in archives, do without. It works in a process of its own,
 * which can be started ahead.
 *
 * Errors  ScriptLoadError ERR_BUNDLER
 */
import { createRequire } from 'node:module'
import { ScriptLoadError } from './errors.js'

type Esbuild = typeof import('esbuild')

/** By `require`, which is faster here than `import`: that reads the whole package once more, for the names of its exports. */
export function loadBundler(): Esbuild {
  try {
    return createRequire(import.meta.url)('esbuild') as Esbuild
  } catch (error) {
    throw ScriptLoadError.noBundler(error as Error)
  }
}

/** Starts its process. An error shows when the bundler is used. */
export async function startBundlerAhead(): Promise<void> {
  try {
    await loadBundler().transform('')
  } catch {}
}

/** Whether its program can be started at all; asked in a process of its own when the long-lived one is gone. */
export function canBundle(): boolean {
  try {
    loadBundler().transformSync('')
    return true
  } catch {
    return false
  }
}
