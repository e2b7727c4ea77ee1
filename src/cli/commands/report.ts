/** `sockeye report`: a report made afterwards, of a result that `run --save` has written. */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { Command } from 'commander'
import { SockeyeError } from '../../base/errors.js'
import { writablePath, writeWhole } from '../../output/written-file.js'
import { reportBytes } from '../../report/render-report.js'
import { parseResult } from '../../report/result-file.js'
import { ExitCode } from '../../run/exit-codes.js'

const EXAMPLES = `
Examples:
  sockeye report result.json                   writes result.html
  sockeye report result.json -o report.md      as Markdown`

export function reportCommand(print: (text: string) => void = (text) => void process.stdout.write(text)): Command {
  return new Command('report')
    .description('make a report of a result, which run --save has written')
    .argument('<result>', 'the result file')
    .option('-o, --output <file>', 'where to write it; a name that ends in .md makes Markdown')
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, { output = withoutEnd(path) }: { output?: string }) => {
      const bytes = await readFile(path).catch((error: Error) => {
        throw new SockeyeError({
          code: 'ERR_RESULT_FILE',
          message: `could not read the result '${path}': ${error.message}`,
          exitCode: ExitCode.other,
        })
      })
      const report = reportBytes(parseResult(bytes, path), output)
      await writeWhole(await writablePath(output, process.cwd()), report)
      print(`${output}\n`)
    })
}

/** `result.json.gz` ▸ `result.html` */
function withoutEnd(path: string): string {
  const name = path.endsWith('.gz') ? path.slice(0, -3) : path
  return `${name.slice(0, name.length - extname(name).length)}.html`
}
