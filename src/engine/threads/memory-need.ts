/**
 * Refuses virtual users that cannot have room on this machine whatever they do, before memory is filled with them.
 *
 * Units   bytes
 * Errors  SockeyeError ERR_TOO_MANY_VUS
 */
import { totalmem } from 'node:os'
import { SockeyeError } from '../../base/errors.js'

/** The least that a VU takes: its loop and the world of a script that does nothing. */
const LEAST_PER_VU = 2048
const GB = 1e9

/** @param vus those that are initialised before the scenarios begin */
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

/** What a container may take is less than what the machine has. */
function memoryOfMachine(): number {
  const limit = process.constrainedMemory?.() ?? 0
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

function shown(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`
}
