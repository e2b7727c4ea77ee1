/**
 * `archive`: everything that a test needs, in one file.
 *
 * Errors  SockeyeError ERR_ARCHIVE_OUT when the file cannot be written
 * Source  docs/spec/runner.md §1.5
 */
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SockeyeError } from '../base/errors.js'
import { hasKeys, inspectOptions } from '../config/inspect.js'
import type { TestPlan } from '../config/plan.js'
import { type Archive, archivedUrl, writeArchive } from '../script/archive.js'
import { readMain } from '../script/locate.js'
import { ExitCode } from './exit-codes.js'
import { withLog } from './open-log.js'
import type { RunHost, RunRequest } from './request.js'
import { type LoadedTest, planOf, programOf, withLoadedTest } from './test-loading.js'
import { K6_VERSION, version } from './version.js'

export interface ArchiveOptions {
  /** Path, or `-` for standard output. */
  readonly out: string
  readonly excludeEnvVars: boolean
}

export function archiveTest(request: RunRequest, host: RunHost, options: ArchiveOptions): Promise<number> {
  return withLog(request, host, (logging) =>
    withLoadedTest(request, host, logging, async (test) => {
      const plan = planOf(test, request, host.env, logging.log)
      if (hasKeys(plan.values)) {
        const hint = 'give it only to those who may have them'
        logging.log.warning('the archive holds the private keys of options.tlsAuth', { hint })
      }
      const archive = await archiveOf(test, plan, request, options)
      await write(await writeArchive(archive, new Date()), options.out, host)
      return ExitCode.success
    }),
  )
}

async function archiveOf(
  test: LoadedTest,
  plan: TestPlan,
  { runtime }: RunRequest,
  { excludeEnvVars }: ArchiveOptions,
): Promise<Archive> {
  const { bundle, script, source, loaded } = test
  const { env, compatibilityMode } = programOf(test, runtime)
  const main = await readMain(source)
  const filename = archivedUrl(bundle.url)
  return {
    metadata: {
      type: 'js',
      options: inspectOptions(plan.values),
      filename,
      pwd: archivedUrl(pathToFileURL(script.folder).href),
      env: excludeEnvVars ? {} : env,
      compatibilityMode,
      k6version: K6_VERSION,
      sockeyeVersion: version,
      goos: process.platform === 'win32' ? 'windows' : process.platform,
      dependencies: Object.fromEntries(script.imports.map((specifier) => [specifier, '*'])),
    },
    main,
    files: new Map([
      [filename, main],
      ...bundle.network.contents,
      ...(await filesOf([...bundle.files, ...loaded.openedFiles], source.archive)),
    ]),
    program: { code: bundle.code, map: bundle.map, isCommonJs: bundle.isCommonJs },
  }
}

/** The files with their contents. The bundler also lists what is not on the disk, such as standard input; that is left out. */
async function filesOf(paths: readonly string[], from: Archive | undefined): Promise<[string, Uint8Array][]> {
  if (from !== undefined) return [...from.files]
  const files = paths.map(async (path): Promise<[string, Uint8Array] | undefined> => {
    const content = await readFile(path).catch(() => undefined)
    return content === undefined ? undefined : [archivedUrl(path), content]
  })
  return (await Promise.all(files)).filter((file) => file !== undefined)
}

async function write(content: Buffer, out: string, host: RunHost): Promise<void> {
  if (out === '-') {
    await new Promise<void>((resolve) => host.stdout.write(content, () => resolve()))
    return
  }
  await writeFile(resolve(host.cwd, out), content).catch((error: Error) => {
    throw new SockeyeError({
      code: 'ERR_ARCHIVE_OUT',
      message: `the archive could not be written to "${out}": ${error.message}`,
      hint: 'name another file with -O',
      exitCode: ExitCode.other,
      cause: error,
    })
  })
}
