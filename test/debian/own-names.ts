/**
 * Names of a test's own, for one process: its /etc/hosts and /etc/resolv.conf are other files than everybody else's, in a mount
 * namespace that ends with it. Needs `unshare` and `mount` of util-linux and the right to use them: root, and in a container
 * CAP_SYS_ADMIN.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface OwnNames {
  /** Content of /etc/hosts: addresses by name. */
  readonly hosts: Readonly<Record<string, readonly string[]>>
  /** The only name server, asked for all other names; without it nobody is asked. */
  readonly nameServer?: string
}

/** False where a process can be given names of its own; else why not. */
export function whyNoOwnNames(): string | false {
  const script = 'mount --bind /dev/null /etc/hosts && mount --bind /dev/null /etc/resolv.conf'
  const { status, error, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { encoding: 'utf8' })
  if (status === 0) return false
  const reason = error?.message ?? stderr.trim()
  return `a process cannot get an /etc/hosts of its own here (${reason}): run as root, in a container with --cap-add SYS_ADMIN`
}

/** Calls `act` with a command that starts the command in its further arguments with these names. */
export async function withOwnNames<T>(names: OwnNames, act: (startedBy: readonly string[]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sockeye-names-'))
  const lines = Object.entries(names.hosts).flatMap(([name, addresses]) => addresses.map((ip) => `${ip} ${name}\n`))
  await writeFile(join(folder, 'hosts'), ['127.0.0.1 localhost\n', ...lines].join(''))
  // Where nothing listens: a question that the hosts file does not answer fails at once.
  await writeFile(join(folder, 'resolv.conf'), `nameserver ${names.nameServer ?? '127.54.0.1'}\n`)
  const script = 'mount --bind "$0/hosts" /etc/hosts && mount --bind "$0/resolv.conf" /etc/resolv.conf && exec "$@"'
  try {
    return await act(['unshare', '--mount', 'sh', '-c', script, folder])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
