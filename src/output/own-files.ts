/** Refuses a run in which two outputs would write the same file, which would then hold one of them or a mixture. */
import { SockeyeError } from '../base/errors.js'
import type { Output } from './output.js'

/** @param others what else is written, such as the file of `--summary-export` */
export function assertOwnFiles(
  outputs: readonly Pick<Output, 'description' | 'file'>[],
  others: readonly Pick<Output, 'description' | 'file'>[] = [],
): void {
  const owners = new Map<string, string>()
  for (const { description, file } of [...outputs, ...others]) {
    // A device, such as /dev/null, keeps nothing that could be lost.
    if (file === undefined || file.startsWith('/dev/')) continue
    const owner = owners.get(file)
    if (owner !== undefined) {
      throw new SockeyeError({
        code: 'ERR_INVALID_OUTPUT',
        message: `${owner} and ${description} would write the same file '${file}'`,
        hint: 'give each a file of its own',
        exitCode: 255,
      })
    }
    owners.set(file, description)
  }
}
