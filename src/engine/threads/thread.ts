/**
 * The threads that shards run in. The first can be started ahead, while it is still being worked out what it shall run: its start takes
 * as long as that of the command itself.
 */
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { ShardBoot } from './protocol.js'

/**
 * V8's default grows to 48 MB per thread, which thousands of mostly idle VUs would never use well. What a message leaves behind
 * dies young in a small one too.
 */
const YOUNG_GENERATION_MB = 16

/** V8 takes deep source apart by recursion, too. It is address space: memory is what is used of it. */
const STACK_MB = 64

/**
 * V8 13 takes the check for interrupts out of a loop that it optimises while the loop runs: then neither the limit of memory nor
 * `terminate()` reaches the thread. Its middle compiler, which is nearly as fast for such a loop, keeps the check.
 */
if (process.versions.v8.startsWith('13.')) setFlagsFromString('--no-osr-from-maglev')

/** Not a variable of this module: the launcher and the program are bundles of their own. */
const AHEAD: unique symbol = Symbol.for('sockeye: thread started ahead')
const shared = globalThis as { [AHEAD]?: Worker | undefined }

/** Starts a thread for the next {@link startShardThread}. It does not keep the process alive meanwhile. */
export function startThreadAhead(): void {
  const worker = createThread(0)
  worker.unref()
  shared[AHEAD] = worker
}

/** A thread that runs the shard. The caller listens to its messages, its errors and its end. */
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

/** The path is right here and from each bundle of dist/, which is a folder beside `threads/`. */
function createThread(shard: number): Worker {
  return new Worker(new URL('../threads/entry.js', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB, stackSizeMb: STACK_MB },
    name: `sockeye shard ${shard}`,
    // Scripts have an __ENV of their own; nothing in a shard reads the process's, but NODE_EXTRA_CA_CERTS and its kin do.
    stdout: false,
    stderr: false,
  })
}
