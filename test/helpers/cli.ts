/** The command `sockeye` as a process, in a folder of its own. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withoutSupervisor } from './run-cli.js'

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const TIME_LIMIT = 60_000

export interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** Standard output as it came. */
  readonly bytes: Buffer
}

export interface CliFolder {
  readonly path: string
  /** Runs `sockeye` here; the environment has nothing in it but what is given. */
  sockeye(
    args: readonly string[],
    options?: { stdin?: string | Uint8Array; env?: Record<string, string> },
  ): Promise<Ended>
  write(path: string, content: string | Uint8Array): Promise<void>
  read(path: string): Promise<Buffer>
  remove(path: string): Promise<void>
}

/** The folder is gone when `act` has ended. */
export async function inFolder(act: (folder: CliFolder) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'sockeye-cli-'))
  try {
    await act({
      path,
      sockeye: (args, options = {}) => start(path, args, options),
      write: async (name, content) => {
        await mkdir(dirname(join(path, name)), { recursive: true })
        await writeFile(join(path, name), content)
      },
      read: (name) => readFile(join(path, name)),
      remove: (name) => rm(join(path, name), { recursive: true }),
    })
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}

function start(
  cwd: string,
  args: readonly string[],
  { stdin = '', env = {} }: { stdin?: string | Uint8Array; env?: Record<string, string> },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { PATH = '', SystemRoot = '' } = process.env
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { PATH, SystemRoot, HOME: cwd, ...withoutSupervisor, ...env },
      timeout: TIME_LIMIT,
      killSignal: 'SIGKILL',
    })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      const bytes = Buffer.concat(out)
      resolve({
        exitCode: code ?? -1,
        stdout: bytes.toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
        bytes,
      })
    })
    // A command that does not read it may have ended already.
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}
