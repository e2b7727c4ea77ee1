/**
 * `sockeye merge`: joins the results of the parts of a test. Prints the summary of the whole and writes the files that one run would have
 * written. Exit code 99 when a threshold is crossed.
 */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { SockeyeError } from '../../base/errors.js'
import { writeInFolder } from '../../base/write-in-folder.js'
import { Log } from '../../log/log.js'
import { createOutput } from '../../output/create-output.js'
import type { Output } from '../../output/output.js'
import { writablePath } from '../../output/written-file.js'
import { readResult } from '../../report/read-result.js'
import { assertReportName } from '../../report/report-name.js'
import { ExitCode, ReasonCode } from '../../run/exit-codes.js'
import { type MergedResult, mergeResults } from '../../run/merge-results.js'
import { version } from '../../run/version.js'
import { summaryExport } from '../../summary/data.js'
import { renderText } from '../../summary/text.js'
import { collect, type Print, toStdout } from '../command-parts.js'

interface Options {
  readonly save?: string
  readonly report: readonly string[]
  readonly summaryExport?: string
  readonly out: readonly string[]
}

/** A file that is written at the end. */
interface Written {
  readonly path: string
  readonly make: () => Promise<Uint8Array | string>
}

/** The outputs that need nothing but the result of a run. */
const OUTPUTS: readonly string[] = ['github', 'junit']

const EXAMPLES = `
Examples:
  sockeye merge kept/result-RUN-*.json     what agents kept of a run whose coordinator died (sockeye agent --save kept)
  sockeye merge part-*.json                what runs of parts have saved (sockeye run --execution-segment … --save part-1.json)
  sockeye merge part-*.json --save whole.json --report whole.html -o junit=results.xml`

export function mergeCommand(print: Print = toStdout): Command {
  return new Command('merge')
    .description('join the results of parts of a test, which run --save or agents have written')
    .argument('<results...>', 'the result files')
    .option('--save <file>', 'write the result of the whole, as run --save does')
    .option('--report <file>', 'write a report, HTML or .md; may be repeated', collect, [])
    .option('--summary-export <file>', 'write the summary as JSON')
    .option('-o, --out <output>', 'github or junit=FILE; may be repeated', collect, [])
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], options: Options) => {
      assertUnread(paths, options)
      const merged = mergeResults(await Promise.all(paths.map((path) => readResult(path))))
      const [outputs, files] = await Promise.all([outputsOf(merged, options), filesOf(merged, options)])
      await Promise.all(outputs.map((output) => output.start()))
      print(`\n${renderText(merged.results, { colors: false, width: undefined })}\n\n`)
      for (const { path, make } of files) await writeInFolder(path, await make())
      for (const output of outputs) await finish(output, merged)
      if (merged.crossed.length === 0) return
      throw new SockeyeError({
        code: ReasonCode.thresholdsCrossed,
        message: merged.file.reason ?? '',
        exitCode: ExitCode.thresholdsFailed,
      })
    })
}

/** Refuses to save the whole as one of its parts. `merge *.json --save whole.json` would count everything twice when it is called again. */
function assertUnread(paths: readonly string[], { save }: Options): void {
  if (save === undefined || !paths.some((path) => resolve(path) === resolve(save))) return
  throw new SockeyeError({
    code: 'ERR_RESULT_FILE',
    message: `'${save}' is one of the parts, and --save would replace it`,
    hint: 'save the whole in another folder, or under a name that the pattern of the parts does not match',
    exitCode: ExitCode.other,
  })
}

async function filesOf({ file, results }: MergedResult, options: Options): Promise<Written[]> {
  const files: Written[] = []
  const add = async (path: string, make: Written['make']): Promise<void> => {
    files.push({ path: await writablePath(path, process.cwd()), make })
  }
  const { save, report, summaryExport: exported } = options
  if (save !== undefined) {
    await add(save, async () => (await import('../../report/result-file.js')).resultBytes(file, save))
  }
  for (const path of report) {
    assertReportName(path)
    await add(path, async () => (await import('../../report/render-report.js')).reportBytes(file, path))
  }
  if (exported !== undefined) await add(exported, async () => summaryExport(results, undefined))
  return files
}

function outputsOf({ thresholds }: MergedResult, { out }: Options): Promise<Output[]> {
  return Promise.all(
    out.map((text) => {
      if (!OUTPUTS.includes(text.split('=', 1)[0] as string)) {
        throw new SockeyeError({
          code: 'ERR_INVALID_OUTPUT',
          message: `'${text}' takes what is measured while a test runs, and that is over`,
          hint: `outputs of merge are ${OUTPUTS.join(' and ')}; --save keeps time series, too`,
          exitCode: ExitCode.other,
        })
      }
      return createOutput(text, {
        log: new Log('info', () => {}),
        stdout: process.stdout,
        workingDirectory: process.cwd(),
        env: process.env,
        config: {},
        systemTags: [],
        thresholds,
        features: [],
        userAgent: `sockeye/${version}`,
        version,
      })
    }),
  )
}

async function finish(output: Output, { file }: MergedResult): Promise<void> {
  output.onEnd?.(file)
  await output.stop()
  const { lost = 0, lastError = '' } = output.delivery?.() ?? {}
  if (lost === 0) return
  throw new SockeyeError({
    code: ReasonCode.outputFailed,
    message: `${output.description} could not be written: ${lastError}`,
    exitCode: ExitCode.outputFailed,
  })
}
