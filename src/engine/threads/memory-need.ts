/**
 * Refuses a test whose virtual users cannot fit into the memory of this machine, before it is filled with them.
 *
 * Units   bytes
 * Errors  SockeyeError ERR_TOO_MANY_VUS
 */
import { totalmem } from 'node:os'
import { SockeyeError } from '../../base/errors.js'

/** The memory of a VU whose script does nothing. */
const LEAST_PER_VU = 2048
const GB = 1e9

/** @param vus  how many are initialised before the scenarios begin */
export function assertRoomFor(vus: number, memory: number = memoryOfMachine()): void {
  const least = vus * LEAST_PER_VU
  if (least <= memory) return
  throw new SockeyeError({
    code: 'ERR_TOO_MANY_VUS',
    message: `${vus} virtual users need ${shown(least)} of memory at least, and this machine has ${shown(memory)}`,
    hint: 'use fewer VUs (vus, preAllocatedVUs, stages), or divide the test among several machines',
    exitCode: 104,
  })
}

/** The memory of the machine in bytes, or the limit of the container when that is lower. */
export function memoryOfMachine(): number {
  const limit = process.constrainedMemory?.() ?? 0
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

function shown(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`
}
