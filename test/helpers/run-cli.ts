/**
 * Runs the built command line as a process, as users do, in a folder of its own. `npm test` builds it before the tests.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface CliOptions {
  /** Files in the working folder, by relative path. */
  readonly files?: Readonly<Record<string, string>>
  /** What arrives on standard input. */
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** The test runs in a child of the command, as with users. Off because a second process for each start costs time. */
  readonly isSupervised?: boolean
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[]
  /** A command that starts it, given the command line as further arguments; such as `unshare --mount …`. */
  readonly startedBy?: readonly string[]
  /** Called with the process once it runs, and whenever it has printed something. */
  readonly onOutput?: (run: RunningCli) => void
  /** A shell command that the output is piped to; its exit code is not looked at. */
  readonly pipeTo?: string
  /** With `pipeTo`: nobody reads what it prints to stderr. */
  readonly closesStderr?: boolean
}

export interface RunningCli {
  readonly process: ChildProcess
  readonly stdout: string
  readonly stderr: string
}

export interface CliResult {
  readonly exitCode: number | null
  /** Set when the process did not end by itself. */
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Environment in which the command runs the test itself, without a process that watches it (test/cli/supervisor.test.ts). */
export const withoutSupervisor = { SOCKEYE_SUPERVISOR: 'off' } as const

const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')
/** A process that runs longer hangs. */
const LIMIT_MS = 60_000

export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-cli-'))
  try {
    for (const [path, content] of Object.entries(options.files ?? {})) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
    }
    return await runIn(folder, args, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runIn(folder: string, args: readonly string[], options: CliOptions): Promise<CliResult> {
  const command = [...(options.startedBy ?? []), process.execPath, ...(options.nodeOptions ?? []), MAIN, ...args]
  const [file, ...rest] =
    options.pipeTo === undefined ? command : piped(command, options.pipeTo, options.closesStderr === true)
  const child = spawn(file as string, rest, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      ...(options.isSupervised === true ? {} : withoutSupervisor),
      ...options.env,
    },
    stdio: 'pipe',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  const running = { process: child, stdout: '', stderr: '' }
  const collect = (stream: 'stdout' | 'stderr'): void => {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      running[stream] += text
      options.onOutput?.(running)
    })
  }
  collect('stdout')
  collect('stderr')
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode, signal) => {
      resolve({ exitCode, signal, stdout: running.stdout, stderr: running.stderr })
    })
  })
}

/** The exit code of the pipeline is that of sockeye. */
function piped(command: readonly string[], reader: string, closesStderr: boolean): string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return ['bash', '-c', `${quoted} ${closesStderr ? '2> >(true)' : ''} | ${reader}; exit \${PIPESTATUS[0]}`]
}
