/** `sockeye archive`: writes a test, with all that it needs, into one file. */
import { archiveTest } from '../../run/archive-test.js'
import { ARCHIVE_FLAGS, DEFAULT_ARCHIVE } from '../command-flags.js'
import { type CommandHost, requestOf } from '../command-request.js'
import { archiveHelp } from '../help.js'
import { parseFlags } from '../parse-flags.js'

export async function archiveCommand(argv: readonly string[], host: CommandHost): Promise<number> {
  const parsed = parseFlags(argv, ARCHIVE_FLAGS, 'archive')
  if (parsed.wantsHelp) {
    host.stdout.write(archiveHelp())
    return 0
  }
  const { archiveOut = DEFAULT_ARCHIVE, excludeEnvVars = false } = parsed.runtime
  const request = await requestOf(parsed, host, { includesSystemEnv: false })
  return archiveTest(request, host, { out: archiveOut, excludeEnvVars })
}
