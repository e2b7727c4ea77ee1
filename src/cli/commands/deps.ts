/** `sockeye deps`: lists what a script imports: built-in modules, files, packages, modules from the network. No code of it is run. */
import { relative } from 'node:path'
import { Command } from 'commander'
import { type RuntimeFlags, resolveRuntime } from '../../config/runtime.js'
import { networkModuleOptions } from '../../run/test-loading.js'
import { loadScript } from '../../script/load.js'
import { locateScript } from '../../script/locate.js'
import { integrityOf, writeLock } from '../../script/module-lock.js'
import { type PackageUse, packageUseText } from '../../script/package-use.js'
import { type Print, toStdout } from '../command-parts.js'
import { processHost } from '../command-request.js'

interface Dependencies {
  /** For programs that read k6's answer: there an import may need a build of k6. Here it is always empty. */
  readonly buildDependencies: Readonly<Record<string, string>>
  readonly imports: readonly string[]
  readonly customBuildRequired: boolean
  /** The files that were bundled, relative to the current folder. */
  readonly files: readonly string[]
  /** npm packages, and what each needs. */
  readonly packages: readonly PackageUse[]
  /** Modules from the network: the hash of each, by its URL. */
  readonly network: Readonly<Record<string, string>>
}

interface DepsOptions extends Pick<RuntimeFlags, 'moduleCache' | 'allowHttpModules'> {
  readonly json?: boolean
  readonly lock?: boolean
}

export function depsCommand(print: Print = toStdout): Command {
  return new Command('deps')
    .description('list what a script imports')
    .argument('<script>', 'a script, an archive, or - for standard input')
    .option('--json', 'as JSON')
    .option('--lock', 'write the hashes of modules from the network into sockeye-lock.json beside the script')
    .option('--module-cache <folder>', 'where modules from https URLs are kept')
    .option('--allow-http-modules', 'allow modules from http URLs, too')
    .action(async (script: string, options: DepsOptions) => {
      const { dependencies, folder } = await dependenciesOf(script, options)
      if (options.lock === true) {
        const path = await writeLock(folder, new Map(Object.entries(dependencies.network)))
        process.stderr.write(`${Object.keys(dependencies.network).length} modules from the network are in ${path}\n`)
      }
      print(options.json === true ? `${JSON.stringify(dependencies, null, 2)}\n` : dependenciesText(dependencies))
    })
}

async function dependenciesOf(
  argument: string,
  options: DepsOptions,
): Promise<{ dependencies: Dependencies; folder: string }> {
  const { cwd, env, readStdin } = processHost()
  const source = await locateScript(argument, { cwd, readStdin })
  const runtime = resolveRuntime({ flags: options, env })
  const network = { ...networkModuleOptions(runtime, env), ignoresLock: options.lock === true }
  const { script, bundle } = await loadScript(source, { cwd, color: false, network })
  for (const { message } of bundle.network.notices) process.stderr.write(`${message}\n`)
  const files = source.archive === undefined ? bundle.files.map((path) => relative(cwd, path)) : bundle.files
  const dependencies = {
    buildDependencies: {},
    imports: [...script.imports].sort(),
    customBuildRequired: false,
    files: [...files].sort(),
    packages: bundle.packages,
    network: Object.fromEntries(
      [...bundle.network.contents].map(([url, content]) => [url, integrityOf(content)] as const).sort(),
    ),
  }
  return { dependencies, folder: source.folder }
}

function dependenciesText({ imports, files, packages, network }: Dependencies): string {
  const list = (title: string, items: readonly string[]): string =>
    `${title}\n${items.length === 0 ? '  none\n' : items.map((item) => `  ${item}\n`).join('')}`
  const fetched = Object.keys(network)
  return [
    list('Built-in modules', imports),
    list('Files', files),
    packages.length > 0 ? list('Packages', packages.map(packageUseText)) : '',
    fetched.length > 0 ? list('From the network', fetched) : '',
  ].join('')
}
