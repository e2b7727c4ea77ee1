/**
 * The commands of `sockeye`. main.ts starts `run` without this file, which takes time to load.
 *
 * Errors  FlagError, exit 255: ERR_UNKNOWN_COMMAND, and those that commander finds
 * Source  docs/spec/runner.md §1.1
 */
import { Command, CommanderError } from 'commander'
import { nearest } from '../base/nearest.js'
import { version } from '../run/version.js'
import { type CommandHost, processHost } from './command-request.js'
import { agentCommands } from './commands/agent.js'
import { compareCommand } from './commands/compare.js'
import { completionCommand } from './commands/completion.js'
import { controlCommands } from './commands/control.js'
import { depsCommand } from './commands/deps.js'
import { echoCommand } from './commands/echo.js'
import { featuresCommand } from './commands/features.js'
import { kubernetesCommand } from './commands/kubernetes.js'
import { mergeCommand } from './commands/merge.js'
import { newCommand } from './commands/new.js'
import { reportCommand } from './commands/report.js'
import { versionCommand } from './commands/version.js'
import { FlagError } from './flag-errors.js'

type Run = (argv: readonly string[], host: CommandHost) => Promise<number>

/** The commands that have flags of k6, which are read as k6 reads them. */
const SCRIPT_COMMANDS: Readonly<Record<string, { readonly description: string; readonly load: () => Promise<Run> }>> = {
  run: {
    description: 'run a test',
    load: async () => (await import('./commands/run.js')).runCommand,
  },
  inspect: {
    description: 'print the options of a script as JSON',
    load: async () => (await import('./commands/inspect.js')).inspectCommand,
  },
  archive: {
    description: 'write a test, with all that it needs, into one file',
    load: async () => (await import('./commands/archive.js')).archiveCommand,
  },
}

const EXAMPLES = `
Examples:
  sockeye new && sockeye run --echo script.js    write a script and run it against the built-in echo server
  sockeye run -u 100 -d 30s script.ts            100 virtual users for 30 seconds
  sockeye help run                               all flags of a command`

/** Runs the command that `argv` names and gives the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const program = createProgram()
  const [name = 'help', ...rest] = argv
  const helped = name === 'help' ? rest[0] : undefined
  const script = SCRIPT_COMMANDS[helped ?? name]
  if (script !== undefined) return (await script.load())(helped === undefined ? rest : ['--help'], processHost())
  if (!name.startsWith('-')) assertKnown(helped ?? name, program)
  try {
    await program.parseAsync(helped === undefined ? [name, ...rest] : [helped, '--help'], { from: 'user' })
    return 0
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help was asked for and has been printed.
    if (error.exitCode === 0) return 0
    throw FlagError.ofCommander(error)
  }
}

/** Everything that `sockeye help` and completions list. */
export function createProgram(): Command {
  const program = new Command('sockeye')
    .description('Load-test anything that speaks over a socket with k6 scripts.')
    .version(`sockeye v${version}`, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
  for (const [name, { description }] of Object.entries(SCRIPT_COMMANDS)) {
    program.command(name).description(description).argument('<script>').usage('[flags] <script>').helpOption(false)
  }
  const commands = [
    newCommand(),
    compareCommand(),
    reportCommand(),
    depsCommand(),
    echoCommand(),
    mergeCommand(),
    ...agentCommands(),
    kubernetesCommand(),
    ...controlCommands(),
    featuresCommand(),
    versionCommand(),
  ]
  for (const command of commands) program.addCommand(command)
  program.addCommand(completionCommand(() => program))
  for (const command of program.commands) command.exitOverride().configureOutput({ outputError: () => {} })
  return program
}

const NO_CLOUD =
  'there is no cloud: sockeye run runs a test on this machine, and sockeye run --nats on many of your own (docs/distributed.md)'

/** Commands of k6 that are not here, and what to do without them. */
const MISSING_COMMANDS = new Map([
  ['cloud', NO_CLOUD],
  ['login', NO_CLOUD],
  ['convert', 'the package har-to-k6 of npm makes scripts of recordings'],
  ['x', 'extensions of k6 are Go; packages of npm take their place (docs/extensions.md)'],
])

function assertKnown(name: string, program: Command): void {
  const names = [...program.commands.map((command) => command.name()), 'help']
  if (names.includes(name)) return
  const guess = nearest(name, names)
  const missing = MISSING_COMMANDS.get(name)
  const looksLikeScript = /\.([cm]?[jt]s|tar)$/.test(name) || name === '-'
  const hint = looksLikeScript
    ? `to run it: sockeye run ${name}`
    : (missing ?? (guess === undefined ? 'sockeye help lists all commands' : `did you mean ${guess}?`))
  throw new FlagError('ERR_UNKNOWN_COMMAND', `unknown command "${name}" for "sockeye"`, hint)
}
