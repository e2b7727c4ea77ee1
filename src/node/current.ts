/**
 * The virtual user that is running. All VUs of a shard share the modules of Node; a socket or timer that is made through them belongs to the VU that is
 * running at that moment, which includes its promises and ticks.
 */
import { promisify } from 'node:util'
import type { ShardServices } from '../vu/shard-services.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import { withContext } from './async-context.js'

/** The part of a VU's world that this folder uses. */
export interface NodeWorld {
  readonly vu: VirtualUser
  /** The VU's global object: `__ENV`, timers. */
  readonly global: Record<string, any>
  /** Reads a file for `open()`; in the init code only. */
  open(path: unknown, mode: unknown): string | ArrayBuffer
  require(specifier: unknown): object
  /** Adds a source map: stacks through `file` then show its source lines. */
  addPositions(file: string, map: string): void
}

/** The services of the shard of this thread. The VU that only finds out what the script exports has others of its own. */
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

/** Wraps a callback that another thread or the system calls once, later: it then runs as a task of the VU, whose iteration waits for it. */
export function asTask<A extends unknown[]>(
  callback: (...args: A) => unknown,
  vu: VirtualUser = currentVu(),
): (...args: A) => void {
  const hold = vu.hold()
  const inContext = withContext(callback)
  return (...args) => {
    vu.post(call, inContext as (...args: unknown[]) => unknown, args)
    vu.release(hold)
  }
}

/** A promise that settles in a task of the VU, whose iteration waits for it. */
export function asTaskPromise<T>(promise: Promise<T>, vu: VirtualUser = currentVu()): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = asTask((finish: () => void) => finish(), vu)
    promise.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    )
  })
}

type Method = ((...args: any[]) => any) & { [promisify.custom]?: (...args: any[]) => Promise<unknown> }

/** Wraps a function of Node that takes a callback as its last argument: the callback then runs as a task of the VU. */
export function withTaskCallback(method: Method): Method {
  const wrapped: Method = function (this: unknown, ...args) {
    const callback = args.at(-1)
    if (typeof callback === 'function') args[args.length - 1] = asTask(callback)
    return method.apply(this, args)
  }
  const custom = method[promisify.custom]
  if (custom !== undefined) {
    Object.defineProperty(wrapped, promisify.custom, { value: (...args: unknown[]) => asTaskPromise(custom(...args)) })
  }
  return wrapped
}

function call(callback: (...args: unknown[]) => unknown, args: unknown[]): void {
  callback(...args)
}

/** A task of the VU that calls a function; the function is the task's argument. */
export function runTask(task: () => unknown): void {
  task()
}

/**
 * VUs that only find out what the script exports, and whose init code has tried to connect. They do not connect, so their timers, which would wait for
 * an answer, are not waited for.
 */
const offline = new WeakSet<VirtualUser>()

export function goOffline(vu: VirtualUser): void {
  offline.add(vu)
}

export function isOffline(vu: VirtualUser): boolean {
  return offline.has(vu)
}
