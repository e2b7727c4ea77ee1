/** `sockeye compare`: compares the results of two runs. Exit code 99 for a regression beyond `--fail-on`. */
import { Command, Option } from 'commander'
import { SockeyeError } from '../../base/errors.js'
import { writeInFolder } from '../../base/write-in-folder.js'
import { writablePath } from '../../output/written-file.js'
import { compare, type NamedResult } from '../../report/compare.js'
import { readResult } from '../../report/read-result.js'
import { parseRegressionLimit } from '../../report/regression-limit.js'
import { type ComparisonFormat, renderComparison } from '../../report/render-comparison.js'
import { assertReportName } from '../../report/report-name.js'
import { ExitCode } from '../../run/exit-codes.js'
import { type Print, toStdout } from '../command-parts.js'

interface Options {
  readonly baseline?: string
  readonly format: ComparisonFormat
  readonly failOn: readonly string[]
  readonly html?: string
}

const EXAMPLES = `
Examples:
  sockeye run --save main.json script.js           on the main branch
  sockeye run --save new.json script.js            with the change
  sockeye compare main.json new.json --html changes.html
  sockeye compare --baseline main.json new.json --fail-on 'p(95)>+10%' --fail-on 'http_reqs:rate<-5%'`

export function compareCommand(print: Print = toStdout): Command {
  return new Command('compare')
    .description('compare the results of two runs, which run --save has written')
    .argument('<files...>', 'the baseline and the new result, or with --baseline the new result alone')
    .option('--baseline <file>', 'the result to compare with')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['table', 'markdown', 'json']).default('table'),
    )
    .option('--html <file>', 'also write a report of the new result, with charts of both')
    .option(
      '--fail-on <limit>',
      "exit with 99 when a value is worse than that, such as 'p(95)>+10%'; may be given several times",
      (limit: string, limits: string[]) => [...limits, limit],
      [],
    )
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], { baseline, format, failOn, html }: Options) => {
      const paths = baseline === undefined ? files : [baseline, ...files]
      if (paths.length !== 2) throw wrongNumber(paths.length)
      const limits = failOn.map(parseRegressionLimit)
      if (html !== undefined) assertReportName(html)
      const [before, after] = (await Promise.all(paths.map((path) => readResult(path)))) as [NamedResult, NamedResult]
      const comparison = compare(before, after, limits)
      print(renderComparison(comparison, format))
      if (html !== undefined) await writeReport(html, before, after)
      const gone = limits.find(({ metric }) => metric !== null && comparison.missing.includes(metric))
      if (gone !== undefined) throw regression(`${after.path} has no ${gone.metric}, which --fail-on is about`)
      const count = comparison.rows.filter(({ isRegression }) => isRegression).length
      if (count > 0) throw regression(`${count} ${count === 1 ? 'value is' : 'values are'} worse than --fail-on allows`)
    })
}

async function writeReport(path: string, baseline: NamedResult, { file }: NamedResult): Promise<void> {
  const { reportBytes } = await import('../../report/render-report.js')
  await writeInFolder(await writablePath(path, process.cwd()), await reportBytes(file, path, baseline))
}

function wrongNumber(count: number): SockeyeError {
  return new SockeyeError({
    code: 'ERR_ARGUMENTS',
    message: `compare needs two results, got ${count}`,
    hint: 'sockeye compare A B, or sockeye compare --baseline A B',
    exitCode: ExitCode.other,
  })
}

function regression(message: string): SockeyeError {
  return new SockeyeError({
    code: 'ERR_REGRESSION',
    message,
    exitCode: ExitCode.thresholdsFailed,
  })
}
