/**
 * Starts the threads that shards run in. The first can be started before its script is compiled, because the start of a thread takes as long
 * as that of the command itself.
 */
import { Worker } from 'node:worker_threads'
import type { ShardBoot } from './protocol.js'

/**
 * The default of V8 grows to 48 MB per thread. Thousands of mostly idle VUs gain nothing from that: objects of a request die young in 16 MB,
 * too.
 */
const YOUNG_GENERATION_MB = 16

/** V8 parses deeply nested source by recursion. The stack takes only address space until it is used. */
const STACK_MB = 64

/** A property of the global object, because the launcher and the program are two bundles, and each has its own copy of this module. */
const AHEAD: unique symbol = Symbol.for('sockeye: thread started ahead')
const shared = globalThis as { [AHEAD]?: Worker | undefined }

/** Starts the thread that the next {@link startShardThread} uses. Until then it does not keep the process alive. */
export function startThreadAhead(): void {
  const worker = createThread(0)
  worker.unref()
  shared[AHEAD] = worker
}

/** Returns a thread that runs the shard. The caller listens to its messages, errors and exit. */
export function startShardThread(boot: ShardBoot): Worker {
  const worker = takeAhead() ?? createThread(boot.shard)
  worker.postMessage(boot)
  return worker
}

function takeAhead(): Worker | undefined {
  const worker = shared[AHEAD]
  shared[AHEAD] = undefined
  worker?.ref()
  return worker
}

/** The relative path is valid from this file, and from each bundle in dist/. */
function createThread(shard: number): Worker {
  return new Worker(new URL('../threads/entry.js', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB, stackSizeMb: STACK_MB },
    name: `sockeye shard ${shard}`,
    stdout: false,
    stderr: false,
  })
}
