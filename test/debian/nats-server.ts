/** Debian's nats-server beside a test: on a free port of loopback, with a folder for JetStream, and with restarts that keep both. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../conformance/websockets-support.js'

/** Why tests that need it are skipped; in the suite of Debian's servers a missing one is a failure. */
export function whyNoNats(): string | false {
  if (process.env['SOCKEYE_DEBIAN_TESTS'] !== undefined) return false
  const { error } = spawnSync('nats-server', ['--version'])
  return error !== undefined && 'nats-server is not installed (apt-get install nats-server)'
}

export interface NatsServer extends AsyncDisposable {
  readonly port: number
  /** `nats://127.0.0.1:PORT` */
  readonly url: string
  readonly folder: string
  /** As when its machine loses power; `ms` until it is there again. */
  restart(ms: number): Promise<void>
  /** It does not come back. */
  stop(): Promise<void>
}

export interface NatsServerOptions {
  /** More of its configuration file. */
  readonly config?: string
  readonly hasJetStream?: boolean
  readonly host?: string
}

export async function startNats(options: NatsServerOptions = {}): Promise<NatsServer> {
  const { config = '', hasJetStream = true, host = '127.0.0.1' } = options
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-nats-'))
  const port = await freePort()
  const file = join(folder, 'nats.conf')
  const jetStream = hasJetStream ? `jetstream { store_dir: "${folder}" }` : ''
  await writeFile(file, `listen: "${host}:${port}"\n${jetStream}\n${config}\n`)
  let child = await start(file, port)
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    folder,
    async restart(ms) {
      await kill(child)
      await sleep(ms)
      child = await start(file, port)
    },
    stop: () => kill(child),
    async [Symbol.asyncDispose]() {
      await kill(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function start(file: string, port: number): Promise<ChildProcess> {
  const child = spawn('nats-server', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`nats-server does not start: ${log}`)
    if (log.includes('Server is ready') && (await answers(port))) return child
    await sleep(20)
  }
  throw new Error(`nats-server is not ready: ${log}`)
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return isOpen
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
