/**
 * The file that all instances of a run fetch: the compiled script, the files that it opens, and the workload. So an instance needs no files of
 * its own machine.
 *
 * Shape   plain data (base/plain-data.ts) of `version`, `program`, `workload` and `plannedVUs`
 * Errors  ClusterError ERR_SCRIPT_TOO_LARGE; RangeError for bytes that are not such a file
 */
import { readFile } from 'node:fs/promises'
import { decodePlain, encodePlain } from '../base/plain-data.js'
import type { Program, Workload } from '../engine/workload.js'
import { archivedUrl } from '../script/archive.js'
import { ClusterError } from './errors.js'

export interface ProgramFile {
  readonly program: Program
  readonly workload: Workload
  /** The number of planned VUs of each instance; empty when unknown. */
  readonly plannedVUs: readonly number[]
}

const VERSION = 1
const LARGEST_FILE = 512 * 1024 * 1024

/** Adds the files that the init code has opened, as they are now. */
export async function completeProgram(program: Program, openedFiles: readonly string[]): Promise<Program> {
  if (program.archivedFiles !== null) return program
  const files = new Map<string, Uint8Array>()
  for (const path of openedFiles) {
    const content = await readFile(path).catch(() => undefined)
    // A file that was deleted meanwhile is missing on the instances, which report it.
    if (content !== undefined) files.set(archivedUrl(path), content)
  }
  return { ...program, archivedFiles: files }
}

export function encodeProgramFile(file: ProgramFile): Uint8Array {
  const size = [...(file.program.archivedFiles?.values() ?? [])].reduce((sum, { byteLength }) => sum + byteLength, 0)
  if (size > LARGEST_FILE) {
    const mib = Math.ceil(size / 1024 / 1024)
    throw new ClusterError(
      'ERR_SCRIPT_TOO_LARGE',
      `the files that the script opens have ${mib} MiB, and at most ${LARGEST_FILE / 1024 / 1024} can be sent to instances`,
      'put large data where the instances can fetch them while the test runs',
    )
  }
  return encodePlain({ version: VERSION, ...file })
}

export function decodeProgramFile(bytes: Uint8Array): ProgramFile {
  const { version, program, workload, plannedVUs } = (decodePlain(bytes) ?? {}) as Partial<ProgramFile> & {
    version?: unknown
  }
  if (
    version !== VERSION ||
    typeof program !== 'object' ||
    typeof workload !== 'object' ||
    !Array.isArray(plannedVUs)
  ) {
    throw new RangeError(`this is no program of version ${VERSION}`)
  }
  return { program, workload, plannedVUs }
}
