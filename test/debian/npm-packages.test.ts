/**
 * examples/npm against the servers that they are for, from Debian's packages, with the 200 VUs that the scripts ask for. Runs where the
 * variable SOCKEYE_DEBIAN_TESTS is set; a server that is not installed is skipped, and the title says so.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '../conformance/websockets-support.js'
import { runExample } from '../helpers/run-example.js'

const isEnabled = process.env['SOCKEYE_DEBIAN_TESTS'] !== undefined
const tls = fileURLToPath(new URL('../../../test/fixtures/tls/', import.meta.url))

function whereIs(...candidates: string[]): string | undefined {
  return candidates.find((path) => existsSync(path))
}

const postgresFolder = existsSync('/usr/lib/postgresql')
  ? `/usr/lib/postgresql/${readdirSync('/usr/lib/postgresql').at(-1)}/bin`
  : ''

const COMMANDS = {
  mariadb: whereIs('/usr/sbin/mariadbd'),
  redis: whereIs('/usr/bin/redis-server'),
  mosquitto: whereIs('/usr/sbin/mosquitto'),
  nats: whereIs('/usr/sbin/nats-server', '/usr/bin/nats-server'),
  postgres: whereIs(`${postgresFolder}/postgres`),
  rabbitmq: whereIs('/usr/lib/rabbitmq/bin/rabbitmq-server'),
}

type ServerName = keyof typeof COMMANDS

function skipWithout(...names: ServerName[]): string | false {
  if (!isEnabled) return 'SOCKEYE_DEBIAN_TESTS is not set'
  const missing = names.filter((name) => COMMANDS[name] === undefined)
  return missing.length > 0 && `not installed: ${missing.join(', ')}`
}

describe('packages from npm against servers of Debian', { timeout: 900_000 }, () => {
  it('ioredis with redis-server', { skip: skipWithout('redis') }, async (t) => {
    await runExample('npm/ioredis.ts', { REDIS_URL: `redis://127.0.0.1:${await startRedis(t)}` })
  })

  it('redis with redis-server', { skip: skipWithout('redis') }, async (t) => {
    await runExample('npm/redis.ts', { REDIS_URL: `redis://127.0.0.1:${await startRedis(t)}` })
  })

  it('pg with PostgreSQL', { skip: skipWithout('postgres') }, async (t) => {
    await runExample('npm/pg.ts', {
      DATABASE_URL: `postgres://tester:secret@127.0.0.1:${await startPostgres(t)}/postgres`,
    })
  })

  it('mysql2 with MariaDB', { skip: skipWithout('mariadb') }, async (t) => {
    await runExample('npm/mysql2.ts', { MYSQL_URL: `mysql://tester:secret@127.0.0.1:${await startMariaDb(t)}/test` })
  })

  it('mqtt with Mosquitto over TCP, TLS and WebSocket', { skip: skipWithout('mosquitto') }, async (t) => {
    const ports = [await freePort(), await freePort(), await freePort()]
    const configuration = `allow_anonymous true
listener ${ports[0]} 127.0.0.1
listener ${ports[1]} 127.0.0.1
certfile ${tls}server.pem
keyfile ${tls}server.key
listener ${ports[2]} 127.0.0.1
protocol websockets
`
    const folder = await folderFor(t)
    await writeFile(join(folder, 'mosquitto.conf'), configuration)
    start(t, COMMANDS.mosquitto, ['-c', join(folder, 'mosquitto.conf')], { cwd: folder })
    await Promise.all(ports.map(reachable))
    for (const [index, scheme] of ['mqtt', 'mqtts', 'ws'].entries()) {
      const flags = ['--insecure-skip-tls-verify']
      await runExample('npm/mqtt.ts', { MQTT_URL: `${scheme}://127.0.0.1:${ports[index]}` }, flags)
    }
  })

  it('@nats-io/transport-node with nats-server', { skip: skipWithout('nats') }, async (t) => {
    await runExample('npm/nats.ts', { NATS_URL: `127.0.0.1:${await startNats(t)}` })
  })

  it('amqplib with RabbitMQ', { skip: skipWithout('rabbitmq') }, async (t) => {
    await runExample('npm/amqplib.ts', { AMQP_URL: `amqp://127.0.0.1:${await startRabbit(t)}` })
  })

  it('ioredis, pg and NATS side by side', { skip: skipWithout('redis', 'postgres', 'nats') }, async (t) => {
    await runExample('npm/side-by-side.ts', {
      REDIS: `redis://127.0.0.1:${await startRedis(t)}`,
      POSTGRES: `postgres://tester:secret@127.0.0.1:${await startPostgres(t)}/postgres`,
      NATS: `127.0.0.1:${await startNats(t)}`,
    })
  })
})

async function startRedis(t: TestContext): Promise<number> {
  const port = await freePort()
  start(t, COMMANDS.redis, ['--port', String(port), '--bind', '127.0.0.1', '--save', ''])
  await reachable(port)
  return port
}

async function startNats(t: TestContext): Promise<number> {
  const port = await freePort()
  start(t, COMMANDS.nats, ['-a', '127.0.0.1', '-p', String(port)])
  await reachable(port)
  return port
}

/** Its programs refuse to run as root. */
async function startPostgres(t: TestContext): Promise<number> {
  const port = await freePort()
  const folder = await folderFor(t)
  const isRoot = process.getuid?.() === 0
  const [user, ids] = isRoot ? ['postgres', idsOf('postgres')] : [undefined, {}]
  if (user !== undefined) execFileSync('chown', [user, folder])
  const data = join(folder, 'data')
  const password = join(folder, 'password')
  await writeFile(password, 'secret')
  const access = ['-A', 'scram-sha-256', `--pwfile=${password}`, '-U', 'tester']
  execFileSync(join(postgresFolder, 'initdb'), ['-D', data, ...access], { ...ids, cwd: folder })
  const settings = [
    'listen_addresses=127.0.0.1',
    'max_connections=300',
    'fsync=off',
    `unix_socket_directories=${folder}`,
  ]
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  start(t, COMMANDS.postgres, args, { ...ids, cwd: folder })
  await reachable(port)
  return port
}

async function startMariaDb(t: TestContext): Promise<number> {
  const port = await freePort()
  const folder = await folderFor(t)
  const user = process.getuid?.() === 0 ? ['--user=mysql'] : []
  if (user.length > 0) execFileSync('chown', ['mysql', folder])
  const data = join(folder, 'data')
  execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, ...user], { stdio: 'ignore' })
  const init = join(folder, 'init.sql')
  await writeFile(
    init,
    "CREATE DATABASE IF NOT EXISTS test; CREATE USER tester@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT ALL ON test.* TO tester@'127.0.0.1';\n",
  )
  const settings = [
    `--datadir=${data}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--port=${port}`,
    `--init-file=${init}`,
    '--bind-address=127.0.0.1',
    '--max-connections=300',
    '--back-log=300',
    '--skip-name-resolve',
  ]
  start(t, COMMANDS.mariadb, ['--no-defaults', ...settings, ...user], { cwd: folder })
  await reachable(port)
  return port
}

function idsOf(user: string): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, user]).toString())
  return { uid: id('-u'), gid: id('-g') }
}

async function startRabbit(t: TestContext): Promise<number> {
  const port = await freePort()
  const folder = await folderFor(t)
  // Its script goes on as a user of its own.
  await chmod(folder, 0o777)
  const env = {
    ...process.env,
    HOME: folder,
    RABBITMQ_NODENAME: `sockeye${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(await freePort()),
    ERL_EPMD_PORT: String(await freePort()),
    RABBITMQ_MNESIA_BASE: folder,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
  }
  start(t, COMMANDS.rabbitmq, [], { cwd: folder, env, detached: true })
  t.after(() => endPortMapper(env.ERL_EPMD_PORT))
  await reachable(port)
  return port
}

/** Erlang's port mapper leaves the group and stays behind; it refuses to end until it has noticed that its node is gone. */
async function endPortMapper(port: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (spawnSync('epmd', ['-port', port, '-kill'], { stdio: 'ignore' }).status === 0) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-server-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  await chmod(folder, 0o755)
  return folder
}

/** Ended with the test, with what it has started when it is a group of its own. */
function start(t: TestContext, command: string | undefined, args: string[], options: object = {}): void {
  const child: ChildProcess = spawn(command as string, args, { stdio: 'ignore', ...options })
  t.after(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const { pid } = child
    if (pid === undefined || child.exitCode !== null) return
    process.kill('detached' in options ? -pid : pid, 'detached' in options ? 'SIGKILL' : 'SIGTERM')
    await ended
  })
}

async function reachable(port: number | undefined): Promise<void> {
  const giveUpAt = Date.now() + 120_000
  while (Date.now() < giveUpAt) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port as number, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`nothing listens on port ${port}`)
}
