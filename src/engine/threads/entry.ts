/** The entry of a shard's thread. The first message says what the shard runs. */
import { setFlagsFromString } from 'node:v8'
import { parentPort } from 'node:worker_threads'
import type { ShardBoot } from './protocol.js'
import { ShardThread } from './shard-thread.js'

const port = parentPort
if (port === null) throw new Error('this file runs in a worker thread only')
port.once('message', (boot: ShardBoot) => {
  keepLoopsInterruptible()
  new ShardThread(boot, port)
})

/**
 * V8 13 removes the check for interrupts from a loop that it optimises while the loop runs. Then neither the memory limit nor `terminate()`
 * can end the thread. With this flag the loop is optimised by Maglev only, which keeps the check and is nearly as fast.
 *
 * Set as late as possible, because V8 refuses code that was compiled with other flags, also the code of Node's own modules: what is loaded
 * afterwards is compiled anew. With the flag from the start a thread took 80 ms more to start.
 */
function keepLoopsInterruptible(): void {
  if (process.versions.v8.startsWith('13.')) setFlagsFromString('--no-osr-from-maglev')
}
