/** What this machine is, as an agent tells it. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { arch, availableParallelism, hostname, totalmem } from 'node:os'
import type { AgentCard } from './protocol.js'

export function machineCard(
  given: { readonly name: string | undefined; readonly labels: Readonly<Record<string, string>> },
  version: string,
): Omit<AgentCard, 'descriptors' | 'protocol' | 'isBusy' | 'wallClock'> {
  return {
    id: randomBytes(8).toString('hex'),
    name: given.name ?? hostname(),
    labels: given.labels,
    cores: availableParallelism(),
    // A container has a limit of its own, which is very large where there is none.
    memory: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
    version,
    node: process.version,
    platform: process.platform,
    architecture: arch(),
  }
}

/** How many more files this process may open; null where the system does not tell. */
export function freeDescriptors(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const [, limit = ''] = /^Max open files\s+(\S+)/m.exec(limits) ?? []
    return limit === 'unlimited' ? null : Number(limit) - readdirSync('/proc/self/fd').length
  } catch {
    return null
  }
}
