/**
 * The shards of a run, as the main thread sees them: starts their threads, passes messages, and notices when one dies.
 *
 * Errors  a thread that ends before it was asked to is told to the listener, with what it said
 */
import { MessageChannel, type Worker } from 'node:worker_threads'
import type { FromShard, ShardBoot, ToShard } from './protocol.js'
import { startShardThread } from './thread.js'

export interface PoolListener {
  onMessage(shard: number, message: FromShard): void
  /** The thread is gone, and what it had not sent with it. */
  onDeath(shard: number, reason: string): void
}

export class ShardPool {
  readonly #listener: PoolListener
  readonly #workers = new Map<number, Worker>()
  /** Threads that were ended and are still there, by their shard. */
  readonly #lingering = new Map<number, number>()

  constructor(listener: PoolListener) {
    this.#listener = listener
  }

  /** Numbers of the shards that are alive. */
  get shards(): number[] {
    return [...this.#workers.keys()]
  }

  /** Whether a thread that had this number cannot be ended yet: it takes memory and a core. */
  lingers(shard: number): boolean {
    return (this.#lingering.get(shard) ?? 0) > 0
  }

  start(boot: ShardBoot): void {
    const { shard } = boot
    const worker = startShardThread(boot)
    let failure = ''
    worker.on('message', (message: FromShard) => this.#listener.onMessage(shard, message))
    worker.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it ran out of memory' : (error.stack ?? String(error))
    })
    worker.on('exit', (code) => {
      if (!this.#workers.delete(shard)) return
      this.#listener.onDeath(shard, failure === '' ? `its thread ended with exit code ${code}` : failure)
    })
    for (const [other, otherWorker] of this.#workers) connect(shard, worker, other, otherWorker)
    this.#workers.set(shard, worker)
  }

  send(shard: number, message: ToShard): void {
    this.#workers.get(shard)?.postMessage(message)
  }

  broadcast(message: ToShard): void {
    for (const worker of this.#workers.values()) worker.postMessage(message)
  }

  /** Ends one thread, or all; nobody is told of their deaths. */
  async terminate(shard?: number): Promise<void> {
    const ending = [...this.#workers].filter(([number]) => shard === undefined || number === shard)
    for (const [number] of ending) this.#workers.delete(number)
    const ended = Promise.all(ending.map(([number, worker]) => this.#end(number, worker)))
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise((resolve) => {
      timer = setTimeout(resolve, END_LIMIT)
    })
    await Promise.race([ended, limit])
    clearTimeout(timer)
    for (const [, worker] of ending) worker.unref()
  }

  async #end(shard: number, worker: Worker): Promise<void> {
    this.#count(shard, 1)
    await worker.terminate()
    this.#count(shard, -1)
  }

  #count(shard: number, change: number): void {
    this.#lingering.set(shard, (this.#lingering.get(shard) ?? 0) + change)
  }
}

/**
 * A thread that is inside V8 itself, such as in `fill` over a billion elements, cannot be ended before it comes back. Nobody waits for
 * it, and at the end the supervisor of the command ends the process. Milliseconds.
 */
const END_LIMIT = 1000

/** Gives two shards a direct line to each other. */
function connect(shard: number, worker: Worker, other: number, otherWorker: Worker): void {
  const { port1, port2 } = new MessageChannel()
  worker.postMessage({ type: 'peer', shard: other, port: port1 } satisfies ToShard, [port1])
  otherWorker.postMessage({ type: 'peer', shard, port: port2 } satisfies ToShard, [port2])
}
