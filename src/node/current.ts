/**
 * The virtual user whose turn it is. Node's modules are made once per shard; what is opened, armed or called through them belongs to
 * the VU that runs at that moment, or whose promise reactions and ticks do.
 */
import type { ShardServices } from '../vu/shard-services.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import { withContext } from './async-context.js'

/** What this folder uses of a VU's world. */
export interface NodeWorld {
  readonly vu: VirtualUser
  /** The VU's global object: `__ENV`, timers. */
  readonly global: Record<string, any>
  /** Reads a file for `open()`; in the init code only. */
  open(path: unknown, mode: unknown): string | ArrayBuffer
  require(specifier: unknown): object
  /** Stacks through `file` are shown as the source map says. */
  addPositions(file: string, map: string): void
}

/** A thread is a shard; only its first VU, which learns what the script exports, has services of its own. */
let shard: ShardServices | null = null
const worlds = new WeakMap<VirtualUser, NodeWorld>()

export function enterWorld(world: NodeWorld): void {
  shard = world.vu.shard
  worlds.set(world.vu, world)
}

export function currentVuOrNone(): VirtualUser | null {
  return shard?.current ?? null
}

export function currentVu(): VirtualUser {
  const vu = currentVuOrNone()
  if (vu === null) throw new Error("a module of Node was used outside a virtual user's turn; this is a bug in sockeye")
  return vu
}

export function currentWorld(): NodeWorld {
  return worlds.get(currentVu()) as NodeWorld
}

/** A callback that another thread or the system calls later: it becomes a task of the VU, whose iteration waits for it. */
export function asTask<A extends unknown[]>(callback: (...args: A) => unknown): (...args: A) => void {
  const vu = currentVu()
  const hold = vu.hold()
  const inContext = withContext(callback)
  return (...args) => {
    vu.post(call, inContext as (...args: unknown[]) => unknown, args)
    vu.release(hold)
  }
}

/** The same for a promise. */
export function asTaskPromise<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    promise.then(...(asTaskPair(resolve, reject) as [(value: T) => void, (error: unknown) => void]))
  })
}

function asTaskPair(resolve: (value: never) => void, reject: (error: unknown) => void): unknown[] {
  const settle = asTask((how: (value: never) => void, value: never) => how(value))
  return [(value: never) => settle(resolve, value), (error: never) => settle(reject, error)]
}

function call(callback: (...args: unknown[]) => unknown, args: unknown[]): void {
  callback(...args)
}

/**
 * VUs whose init code wanted to connect while only the exports of the script were asked for: nothing answers them, so nothing of
 * theirs is waited for.
 */
const offline = new WeakSet<VirtualUser>()

export function goOffline(vu: VirtualUser): void {
  offline.add(vu)
}

export function isOffline(vu: VirtualUser): boolean {
  return offline.has(vu)
}
