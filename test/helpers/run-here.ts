/**
 * The commands that take a script (`run`, `inspect`, `archive`), in this process: the whole command but for its process, a fourth of whose
 * time is its start. What belongs to a process (signals, streams that close, memory, limits) needs `runCli`.
 */
import { availableParallelism } from 'node:os'
import { SockeyeError } from '../../src/base/errors.js'
import type { CommandHost } from '../../src/cli/command-request.js'
import { archiveCommand } from '../../src/cli/commands/archive.js'
import { inspectCommand } from '../../src/cli/commands/inspect.js'
import { runCommand } from '../../src/cli/commands/run.js'
import { errorText } from '../../src/cli/error-text.js'
import { type CliFolder, type Ended, inFolder } from './cli.js'
import { MemoryStream } from './run-script.js'

const COMMANDS = { run: runCommand, inspect: inspectCommand, archive: archiveCommand }

interface HereOptions {
  readonly stdin?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

/** As `sockeye` of a folder: the environment has nothing in it but what is given. */
export async function runHereIn(cwd: string, args: readonly string[], options: HereOptions = {}): Promise<Ended> {
  const { stdin = '', env = {} } = options
  const [stdout, stderr] = [new MemoryStream(), new MemoryStream()]
  const host: CommandHost = {
    home: cwd,
    cwd,
    env: { HOME: cwd, ...env },
    stdout,
    stderr,
    readStdin: async () => Buffer.from(stdin as string),
    onSignal: () => () => {},
    cores: availableParallelism(),
    startedAt: Date.now(),
  }
  const [name, ...rest] = args
  let exitCode: number
  try {
    exitCode = await COMMANDS[name as keyof typeof COMMANDS](rest, host)
  } catch (error) {
    if (!(error instanceof SockeyeError)) throw error
    stderr.write(errorText(error, args, env, false))
    exitCode = error.exitCode
  }
  return { exitCode, stdout: stdout.text, stderr: stderr.text, bytes: stdout.bytes }
}

/** `inFolder`, whose `sockeye` runs here. */
export function inFolderHere(act: (folder: CliFolder) => Promise<void>): Promise<void> {
  return inFolder((folder) => act({ ...folder, sockeye: (args, options) => runHereIn(folder.path, args, options) }))
}

/** Runs the command in a folder with these files. */
export async function runHere(
  args: readonly string[],
  { files = {}, ...options }: HereOptions & { readonly files?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  let ended: Ended | undefined
  await inFolderHere(async ({ sockeye, write }) => {
    for (const [path, content] of Object.entries(files)) await write(path, content)
    ended = await sockeye(args, options)
  })
  return ended as Ended
}
