/**
 * The lock file beside a script: which content its modules from the network had when somebody last looked at them.
 *
 * Shape   sockeye-lock.json: { "version": 1, "modules": { "<url>": "sha256-<base64>" } }, the form of Subresource Integrity
 * Errors  ScriptLoadError ERR_MODULE_LOCK for a file that cannot be understood
 */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ScriptLoadError } from './errors.js'

const LOCK_FILE = 'sockeye-lock.json'

/** URL ─► hash. */
export type ModuleLock = ReadonlyMap<string, string>

export function integrityOf(content: Uint8Array): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`
}

/** The lock of the scripts in a folder; undefined when there is none. */
export async function readLock(folder: string): Promise<ModuleLock | undefined> {
  const path = join(folder, LOCK_FILE)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const { version, modules } = (JSON.parse(text) ?? {}) as { version?: unknown; modules?: Record<string, string> }
    if (version !== 1 || typeof modules !== 'object' || modules === null) throw new Error('it is no lock of version 1')
    return new Map(Object.entries(modules))
  } catch (error) {
    throw ScriptLoadError.badLock(path, (error as Error).message)
  }
}

export async function writeLock(folder: string, lock: ModuleLock): Promise<string> {
  const path = join(folder, LOCK_FILE)
  const modules = Object.fromEntries([...lock].sort(([a], [b]) => (a < b ? -1 : 1)))
  await writeFile(path, `${JSON.stringify({ version: 1, modules }, null, 2)}\n`)
  return path
}
