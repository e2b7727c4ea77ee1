/**
 * Writes what handleSummary returned, and the export files.
 *
 * Errors  SockeyeError ERR_SUMMARY_FILES naming every target that could not be written; the others are written all the same
 * Source  docs/spec/runner.md 4.9
 */
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { SockeyeError } from '../base/errors.js'
import { systemErrorText } from '../base/system-error.js'
import { writeInFolder } from '../base/write-in-folder.js'

export interface SummaryDestination {
  readonly stdout: Writable
  readonly stderr: Writable
  /** What relative paths are relative to. */
  readonly workingDirectory: string
}

/** Files by target: `stdout`, `stderr` or a path. Files are created or overwritten. */
export async function writeSummaryFiles(
  files: readonly { readonly target: string; readonly content: string | Uint8Array }[],
  destination: SummaryDestination,
): Promise<void> {
  const problems: string[] = []
  for (const { target, content } of files) {
    if (target === 'stdout') destination.stdout.write(content)
    else if (target === 'stderr') destination.stderr.write(content)
    else {
      await writeInFolder(resolve(destination.workingDirectory, target), content).catch((error: Error) => {
        problems.push(`could not open '${target}': open ${target}: ${systemErrorText(error)}`)
      })
    }
  }
  if (problems.length === 0) return
  throw new SockeyeError({
    code: 'ERR_SUMMARY_FILES',
    message: `Could not save some summary information:\n${problems.map((problem) => `\t- ${problem}`).join('\n')}`,
    exitCode: 111,
    hint: 'folders must be writable',
  })
}
