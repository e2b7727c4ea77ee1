#!/usr/bin/env node
/**
 * The command `sockeye`: the one place that prints errors of the command line and sets the exit code.
 */
import module from 'node:module'
import { Command, CommanderError } from 'commander'
import { SockeyeError } from '../errors.js'
import { version } from './version.js'

/** Exit code of everything that is wrong with a command line. */
const USAGE_ERROR = 255

// Newer versions of Node keep compiled code on disk, which halves the time to start.
;(module as { enableCompileCache?: () => void }).enableCompileCache?.()

async function main(argv: readonly string[]): Promise<number> {
  // Not through the general parser: its start-up time is the start-up time of every test.
  if (argv[0] === 'run') {
    const { runCommand } = await import('./commands/run.js')
    return runCommand(argv.slice(1))
  }
  const { controlCommands } = await import('./commands/control.js')
  const { echoCommand } = await import('./commands/echo.js')
  const program = new Command('sockeye')
    .description('load-test anything that speaks over a socket with k6 scripts')
    .version(`sockeye v${version}`, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
  program
    .command('run')
    .description('run a test')
    .argument('<script>', 'a .ts or .js file, or - for standard input')
    .allowUnknownOption()
  program.addCommand(echoCommand())
  for (const command of controlCommands()) program.addCommand(command)
  program
    .command('version')
    .description('print the version')
    .action(() => void process.stdout.write(`sockeye v${version}\n`))
  for (const command of program.commands) command.exitOverride()
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    // Commander has printed its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR
    throw error
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SockeyeError)) throw error
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `  hint ${error.hint}\n`}`)
  process.exitCode = error.exitCode
}
