/** `sockeye deps`: what a script imports: built-in modules, files, packages. Nothing of it is run. */
import { relative } from 'node:path'
import { Command } from 'commander'
import { loadScript } from '../../script/load.js'
import { locateScript } from '../../script/locate.js'
import { processHost } from '../command-request.js'

interface Dependencies {
  /** As in k6, where an import may need a build of its own: nothing here does. */
  readonly buildDependencies: Readonly<Record<string, string>>
  readonly imports: readonly string[]
  readonly customBuildRequired: boolean
  /** Files that went in, relative to the current folder. */
  readonly files: readonly string[]
}

export function depsCommand(print: (text: string) => void = (text) => void process.stdout.write(text)): Command {
  return new Command('deps')
    .description('list what a script imports')
    .argument('<script>', 'a script, an archive, or - for standard input')
    .option('--json', 'as JSON')
    .action(async (script: string, { json = false }: { json?: boolean }) => {
      const dependencies = await dependenciesOf(script)
      print(json ? `${JSON.stringify(dependencies, null, 2)}\n` : dependenciesText(dependencies))
    })
}

async function dependenciesOf(argument: string): Promise<Dependencies> {
  const { cwd, readStdin } = processHost()
  const source = await locateScript(argument, { cwd, readStdin })
  const { script, bundle } = await loadScript(source, { cwd, color: false })
  const files = source.archive === undefined ? bundle.files.map((path) => relative(cwd, path)) : bundle.files
  return {
    buildDependencies: {},
    imports: [...script.imports].sort(),
    customBuildRequired: false,
    files: [...files].sort(),
  }
}

function dependenciesText({ imports, files }: Dependencies): string {
  const list = (title: string, items: readonly string[]): string =>
    `${title}\n${items.length === 0 ? '  none\n' : items.map((item) => `  ${item}\n`).join('')}`
  return `${list('Built-in modules', imports)}${list('Files', files)}`
}
