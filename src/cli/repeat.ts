/** `sockeye run --repeat N`: runs the same test several times, and prints how much its results differ. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { parseResult, type ResultFile } from '../report/result-file.js'
import { renderSpread, spreadOf } from '../report/spread.js'
import type { CreateEngine } from '../run/create-engine.js'
import type { RunHost, RunRequest } from '../run/request.js'
import { runTest } from '../run/test-run.js'

/** The exit code is that of the first run that did not pass. With `--save FILE` each run leaves a file: FILE-1.json, FILE-2.json … */
export async function runRepeatedly(
  request: RunRequest,
  host: RunHost,
  times: number,
  createEngine?: CreateEngine,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-repeat-'))
  const { save, reports, quiet } = request.runtime
  const files: ResultFile[] = []
  let exitCode = 0
  try {
    for (let run = 1; run <= times; run++) {
      if (!quiet) host.stdout.write(`\nrun ${run} of ${times}\n`)
      const path = save === '' ? join(folder, `${run}.json`) : numbered(save, run)
      const code = await runTest(
        {
          ...request,
          runtime: { ...request.runtime, save: path, reports: reports.map((report) => numbered(report, run)) },
        },
        host,
        createEngine,
      )
      exitCode ||= code
      const bytes = await readFile(path).catch(() => undefined)
      // A run without a result did not begin, and the next one would not, either.
      if (bytes === undefined) return exitCode
      files.push(parseResult(bytes, path))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  host.stdout.write(renderSpread(spreadOf(files), files.length))
  return exitCode
}

/** `out.json.gz` ▸ `out-2.json.gz` */
function numbered(path: string, run: number): string {
  const end = path.endsWith('.gz') ? `${extname(path.slice(0, -3))}.gz` : extname(path)
  return `${path.slice(0, path.length - end.length)}-${run}${end}`
}
