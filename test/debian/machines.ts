/** Machines of a cluster as processes on this one, around a server of NATS. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NatsServer, type NatsServerOptions, startNats } from './nats-server.js'

const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')

export interface ProcessOptions {
  readonly folder?: string
  readonly env?: Readonly<Record<string, string>>
  /** A command that starts another one, with its arguments. */
  readonly launcher?: readonly string[]
}

export class Process {
  readonly child: ChildProcess
  /** Of both streams, as it came. */
  output = ''
  /** Standard output alone. */
  printed = ''
  #waiting: (() => void)[] = []
  readonly ended: Promise<number | null>

  constructor(folder: string, args: readonly string[], { launcher = [], env = {} }: ProcessOptions = {}) {
    const [command, ...rest] = [...launcher, process.execPath, MAIN, ...args] as [string, ...string[]]
    this.child = spawn(command, rest, {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, SOCKEYE_SUPERVISOR: 'off', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.ended = once(this.child, 'exit').then(([code]) => {
      this.#tell()
      return code as number | null
    })
    this.child.stdout?.on('data', (text) => {
      this.printed += text
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#tell()
      })
    }
  }

  /** Resolves when it has printed that. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`it ended without saying ${pattern}: ${this.output}`)
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal)
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

export class Machines implements AsyncDisposable {
  readonly nats: NatsServer
  readonly folder: string
  readonly agents: Process[] = []
  readonly #processes: Process[] = []

  private constructor(nats: NatsServer, folder: string) {
    this.nats = nats
    this.folder = folder
  }

  static async start(agents: number, script = '', options: NatsServerOptions = {}): Promise<Machines> {
    const machines = new Machines(await startNats(options), await mkdtemp(join(tmpdir(), 'sockeye-machines-')))
    await writeFile(join(machines.folder, 'script.js'), script)
    await Promise.all(Array.from({ length: agents }, () => machines.addAgent()))
    return machines
  }

  /** Waits until it is there; they are called a0, a1 … */
  addAgent(...flags: string[]): Promise<Process> {
    return this.#addAgent(flags)
  }

  /** One that may use only some of the machine's cores: `0`, `0,1`. */
  addPinnedAgent(cores: string): Promise<Process> {
    return this.#addAgent([], { launcher: ['taskset', '-c', cores] })
  }

  async #addAgent(flags: readonly string[], options: ProcessOptions = {}): Promise<Process> {
    const name = `a${this.agents.length}`
    const agent = this.#start(['agent', '--nats', this.nats.url, '--name', name, '--save', 'kept', ...flags], options)
    this.agents.push(agent)
    await agent.says(/waits for a run/)
    return agent
  }

  command(...args: string[]): Process {
    return this.#start(args)
  }

  /** One that sees no more of this machine than is said. */
  pod(args: readonly string[], env: Readonly<Record<string, string>>, folder = this.folder): Process {
    return this.#start(args, { env, folder })
  }

  run(...flags: string[]): Process {
    return this.#start(['run', '--nats', this.nats.url, '--summary-export', 'summary.json', ...flags, 'script.js'])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#processes) each.kill()
    await Promise.all(this.#processes.map(({ ended }) => ended))
    await this.nats[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }

  #start(args: readonly string[], options: ProcessOptions = {}): Process {
    const started = new Process(options.folder ?? this.folder, args, options)
    this.#processes.push(started)
    return started
  }
}
