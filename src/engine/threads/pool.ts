/**
 * The threads of a run's shards: starts them, sends messages, and tells the listener when one dies.
 */
import { MessageChannel, type Worker } from 'node:worker_threads'
import type { FromShard, ShardBoot, ToShard } from './protocol.js'
import { startShardThread } from './thread.js'

export interface PoolListener {
  onMessage(shard: number, message: FromShard): void
  /** The thread ended without being asked to, and what it had not sent is lost. `reason`: `it ran out of memory`. */
  onDeath(shard: number, reason: string): void
}

export class ShardPool {
  readonly #listener: PoolListener
  readonly #startThread: (boot: ShardBoot) => Worker
  readonly #workers = new Map<number, Worker>()
  /** By shard: how many of its threads were told to end and have not ended yet. */
  readonly #lingering = new Map<number, number>()

  constructor(listener: PoolListener, startThread: (boot: ShardBoot) => Worker = startShardThread) {
    this.#listener = listener
    this.#startThread = startThread
  }

  /** Numbers of the shards that are alive. */
  get shards(): number[] {
    return [...this.#workers.keys()]
  }

  /** True while a former thread of this shard has not ended: it still takes memory and a core. */
  lingers(shard: number): boolean {
    return (this.#lingering.get(shard) ?? 0) > 0
  }

  start(boot: ShardBoot): void {
    const { shard } = boot
    const worker = this.#startThread(boot)
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

  /** Ends one thread, or all. The listener is not called. */
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
 * A thread cannot be ended while it is inside a built-in of V8, for example `fill` over a billion elements. After this many ms nobody waits
 * for it any more; when the run is over, the supervisor of the command ends the process.
 */
const END_LIMIT = 1000

/** Connects two shards directly. */
function connect(shard: number, worker: Worker, other: number, otherWorker: Worker): void {
  const { port1, port2 } = new MessageChannel()
  worker.postMessage({ type: 'peer', shard: other, port: port1 } satisfies ToShard, [port1])
  otherWorker.postMessage({ type: 'peer', shard, port: port2 } satisfies ToShard, [port2])
}
