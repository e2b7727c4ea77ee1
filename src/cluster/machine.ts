/** Describes this machine for the card of an agent. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { arch, availableParallelism, hostname } from 'node:os'
import { memoryOfMachine } from '../engine/threads/memory-need.js'
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
    memory: memoryOfMachine(),
    version,
    node: process.version,
    platform: process.platform,
    architecture: arch(),
  }
}

/** How many more files this process may open; null when unknown, as on systems without /proc. */
export function freeDescriptors(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const [, limit = ''] = /^Max open files\s+(\S+)/m.exec(limits) ?? []
    return limit === 'unlimited' ? null : Number(limit) - readdirSync('/proc/self/fd').length
  } catch {
    return null
  }
}
