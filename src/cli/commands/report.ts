/** `sockeye report`: makes a report of a result that `run --save` has written. */
import { extname } from 'node:path'
import { Command } from 'commander'
import { writeInFolder } from '../../base/write-in-folder.js'
import { writablePath } from '../../output/written-file.js'
import { readResult } from '../../report/read-result.js'
import { reportBytes } from '../../report/render-report.js'
import { assertReportName } from '../../report/report-name.js'
import { type Print, toStdout } from '../command-parts.js'

interface Options {
  readonly output?: string
  readonly baseline?: string
}

const EXAMPLES = `
Examples:
  sockeye report result.json                   writes result.html
  sockeye report result.json -o report.md      as Markdown
  sockeye report new.json --baseline main.json with what differs at the top`

export function reportCommand(print: Print = toStdout): Command {
  return new Command('report')
    .description('make a report of a result, which run --save has written')
    .argument('<result>', 'the result file')
    .option('-o, --output <file>', 'where to write it; a name that ends in .md makes Markdown')
    .option('--baseline <file>', 'a result to compare with')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, { output = withoutEnd(path), baseline }: Options) => {
      assertReportName(output)
      const [{ file }, other] = await Promise.all([
        readResult(path),
        baseline === undefined ? undefined : readResult(baseline),
      ])
      await writeInFolder(await writablePath(output, process.cwd()), await reportBytes(file, output, other))
      print(`${output}\n`)
    })
}

/** `result.json.gz` ▸ `result.html` */
function withoutEnd(path: string): string {
  const name = path.endsWith('.gz') ? path.slice(0, -3) : path
  return `${name.slice(0, name.length - extname(name).length)}.html`
}
