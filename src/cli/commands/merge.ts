/** `sockeye merge`: the results of parts of a test as the summary of the whole. Exit code 99 when a threshold is crossed. */
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { SockeyeError } from '../../base/errors.js'
import { mergeResults } from '../../report/merge.js'
import { parseResult } from '../../report/result-file.js'
import { ExitCode, ReasonCode } from '../../run/exit-codes.js'

const EXAMPLES = `
Examples:
  sockeye merge kept/*.json        what agents kept of a run whose coordinator died (sockeye agent --save kept)
  sockeye merge part-*.json        what runs of parts have saved (sockeye run --execution-segment … --save part-1.json)`

export function mergeCommand(print: (text: string) => void = (text) => void process.stdout.write(text)): Command {
  return new Command('merge')
    .description('join the results of parts of a test, which run --save or agents have written')
    .argument('<results...>', 'the result files')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[]) => {
      const parts = await Promise.all(paths.map(async (path) => ({ path, file: parseResult(await read(path), path) })))
      const { summary, crossed } = mergeResults(parts)
      print(summary)
      if (crossed.length === 0) return
      throw new SockeyeError({
        code: ReasonCode.thresholdsCrossed,
        message: `thresholds on metrics '${crossed.join(', ')}' have been crossed`,
        exitCode: ExitCode.thresholdsFailed,
      })
    })
}

function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error: Error) => {
    throw new SockeyeError({
      code: 'ERR_RESULT_FILE',
      message: `could not read the result '${path}': ${error.message}`,
      exitCode: ExitCode.other,
    })
  })
}
