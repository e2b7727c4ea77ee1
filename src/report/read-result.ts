/**
 * Reads a result file.
 *
 * Errors  SockeyeError ERR_RESULT_FILE (exit 255)
 */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { SockeyeError } from '../base/errors.js'
import type { NamedResult } from './compare.js'
import { parseResult } from './result-file.js'

export async function readResult(path: string, workingDirectory = process.cwd()): Promise<NamedResult> {
  const bytes = await readFile(resolve(workingDirectory, path)).catch((error: NodeJS.ErrnoException) => {
    throw new SockeyeError({
      code: 'ERR_RESULT_FILE',
      // Node's message repeats the path.
      message: `could not read the result '${path}': ${error.message.replace(/, open '.*'$/, '')}`,
      exitCode: 255,
      ...(error.code === 'ENOENT' && {
        hint: 'sockeye run --save FILE makes one; the first run of all has no baseline',
      }),
    })
  })
  return { path, file: parseResult(bytes, path) }
}
