/** Checks at the start of a run that a file can be written at its end. */
import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { couldNotOpen } from './errors.js'

/** The path as an absolute one. Rejects with ERR_OUTPUT_FAILED when it is a folder, or nothing may be written there. */
export async function writablePath(path: string, workingDirectory: string): Promise<string> {
  const full = resolve(workingDirectory, path)
  try {
    const existing = await stat(full).catch(() => undefined)
    if (existing?.isDirectory() === true) throw new Error('it is a folder')
    if (existing !== undefined) await access(full, constants.W_OK)
    else await access(await nearestFolder(dirname(full)), constants.W_OK)
    return full
  } catch (error) {
    throw couldNotOpen(path, error as Error)
  }
}

async function nearestFolder(path: string): Promise<string> {
  const existing = await stat(path).catch(() => undefined)
  if (existing === undefined && dirname(path) !== path) return nearestFolder(dirname(path))
  if (existing?.isDirectory() === true) return path
  throw new Error(`'${path}' is no folder`)
}
