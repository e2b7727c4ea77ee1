/** The commands and flags that shells complete, from the tables that parsing and help use, too. */
import type { Command } from 'commander'
import { ARCHIVE_FLAGS, INSPECT_FLAGS } from '../command-flags.js'
import type { FlagDefinition } from '../flag-definition.js'
import { RUN_FLAGS } from '../flags.js'

export interface CompletedFlag {
  /** `--vus` */
  readonly long: string
  /** `-u` */
  readonly short?: string
  readonly help: string
  /** The next word is its value. */
  readonly takesValue: boolean
  /** The only values it takes, if there are few. */
  readonly values: readonly string[]
}

export interface CompletedCommand {
  readonly name: string
  readonly help: string
  readonly flags: readonly CompletedFlag[]
  /** Words that may follow; undefined completes files. */
  readonly words?: readonly string[]
}

const TABLES: Readonly<Record<string, readonly FlagDefinition[]>> = {
  run: RUN_FLAGS,
  inspect: INSPECT_FLAGS,
  archive: ARCHIVE_FLAGS,
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  'compatibility-mode': ['base', 'extended'],
  'log-format': ['json', 'raw', 'text'],
  'summary-mode': ['compact', 'disabled', 'full'],
  'summary-time-unit': ['ms', 's', 'us'],
  type: ['archive', 'js'],
}

const HELP_FLAG: CompletedFlag = { long: '--help', short: '-h', help: 'show help', takesValue: false, values: [] }

export function completionModel(program: Command): CompletedCommand[] {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    help: command.description(),
    flags: [...(tableFlags(command.name()) ?? ownFlags(command)), HELP_FLAG],
    ...wordsOf(command),
  }))
  const help = { name: 'help', help: 'show the help of a command', flags: [], words: commands.map(({ name }) => name) }
  return [...commands, help]
}

function tableFlags(command: string): CompletedFlag[] | undefined {
  return TABLES[command]
    ?.filter(({ support }) => support === 'supported')
    .map((flag) => ({
      long: `--${flag.name}`,
      ...(flag.short === undefined ? {} : { short: `-${flag.short}` }),
      help: flag.help,
      takesValue: flag.kind !== 'bool' && flag.kind !== 'optional',
      values: VALUES[flag.name] ?? [],
    }))
}

function ownFlags(command: Command): CompletedFlag[] {
  return command.options.map(({ long, short, description, required, argChoices }) => ({
    long: long as string,
    ...(short === undefined ? {} : { short }),
    help: description,
    takesValue: required,
    values: argChoices ?? [],
  }))
}

/** The words that may follow a command: none when it takes no argument, and its choices when it has some. */
function wordsOf(command: Command): { words?: readonly string[] } {
  const [argument] = command.registeredArguments
  if (argument === undefined) return { words: [] }
  return argument.argChoices === undefined ? {} : { words: argument.argChoices }
}
