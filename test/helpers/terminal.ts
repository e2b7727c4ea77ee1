/**
 * The built command line in a pseudo-terminal, made by `script` of util-linux, and what is then on the screen, told by a terminal
 * emulator. Keys are typed, and the window can be made narrower while it runs.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Terminal } from '@xterm/headless'

const { Terminal: Emulator } = createRequire(import.meta.url)('@xterm/headless') as { Terminal: typeof Terminal }

const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')
const ROWS = 24
const LIMIT_MS = 60_000

/** `script` of other systems has other flags. */
export const hasTerminals =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

export interface TerminalRun {
  /** Everything on the screen and what has scrolled off it, without empty lines at the end. */
  lines(): Promise<string[]>
  /** Resolves when the screen shows it. */
  shows(text: RegExp): Promise<void>
  type(keys: string): void
  resize(columns: number): void
  readonly exit: Promise<number | null>
}

export interface TerminalOptions {
  readonly columns: number
  readonly script: string
  readonly flags?: readonly string[]
}

export async function inTerminal<T>(options: TerminalOptions, use: (run: TerminalRun) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-terminal-'))
  await writeFile(join(folder, 'script.js'), options.script)
  const { child, run } = start(folder, options)
  try {
    return await use(run)
  } finally {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

function start(folder: string, { columns, flags = [] }: TerminalOptions): { child: ChildProcess; run: TerminalRun } {
  const emulator = new Emulator({ cols: columns, rows: ROWS, scrollback: 10_000, allowProposedApi: true })
  const sockeye = [process.execPath, MAIN, 'run', 'script.js', ...flags].map((word) => `'${word}'`).join(' ')
  // The shell says which terminal it is, so that another process can change its size.
  const command = `stty cols ${columns} rows ${ROWS}; tty > tty; exec ${sockeye}`
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm-256color', SHELL: '/bin/sh' },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  let waiting: (() => void)[] = []
  const changed = (): void => {
    for (const check of waiting) check()
  }
  child.stdout.on('data', (chunk: Buffer) => emulator.write(chunk, changed))
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve))
  void exit.then(() => emulator.write('', changed))
  const text = (): string[] => {
    const { buffer } = emulator
    const all = Array.from(
      { length: buffer.active.length },
      (_, i) => buffer.active.getLine(i)?.translateToString(true) ?? '',
    )
    while (all.at(-1) === '') all.pop()
    return all
  }
  const run: TerminalRun = {
    lines: () => new Promise((resolve) => emulator.write('', () => resolve(text()))),
    shows: (wanted) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!wanted.test(text().join('\n'))) return
          waiting = waiting.filter((one) => one !== check)
          resolve()
        }
        waiting.push(check)
        void exit.then(() =>
          setImmediate(() => reject(new Error(`the screen never showed ${wanted}:\n${text().join('\n')}`))),
        )
        check()
      }),
    type: (keys) => void child.stdin.write(keys),
    resize: (to) => {
      emulator.resize(to, ROWS)
      spawnSync('sh', ['-c', `stty cols ${to} < "$(cat tty)"`], { cwd: folder })
    },
    exit,
  }
  return { child, run }
}
