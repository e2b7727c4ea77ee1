/** A server program of Debian's beside a test: in a folder of its own, ready when its ports answer. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const FIXTURES = fileURLToPath(new URL('../../../test/fixtures/tls/', import.meta.url))

export interface Daemon {
  readonly folder: string
  stop(): Promise<void>
}

export interface DaemonOptions {
  readonly command: string
  readonly args: (folder: string) => readonly string[]
  /** By name in the folder. */
  readonly files: (folder: string) => Readonly<Record<string, string>>
  readonly ports: readonly number[]
}

export async function startDaemon({ command, args, files, ports }: DaemonOptions): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), `sockeye-${command}-`))
  // Programs that give up root must read it, too.
  await chmod(folder, 0o755)
  for (const [name, content] of Object.entries(files(folder))) await writeFile(join(folder, name), content)
  const child = spawn(command, args(folder), { stdio: 'inherit' })
  await Promise.all(ports.map((port) => reachable(port)))
  return { folder, stop: () => stop(child, folder) }
}

export function startNginx(http: string, ports: readonly number[]): Promise<Daemon> {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${name};`)
    .join(' ')
  return startDaemon({
    command: 'nginx',
    args: (folder) => ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'],
    files: () => ({
      'nginx.conf': `daemon off; pid nginx.pid; events { worker_connections 512; } http { access_log off; ${folders} ${http} }`,
    }),
    ports,
  })
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  if (child.exitCode === null) await ended
  await rm(folder, { recursive: true, force: true })
}

async function reachable(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nothing listens on port ${port}`)
}
