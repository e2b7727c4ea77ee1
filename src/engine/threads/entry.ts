/** The entry of a shard's thread. The first message says what the shard runs. */
import { parentPort } from 'node:worker_threads'
import type { ShardBoot } from './protocol.js'
import { ShardThread } from './shard-thread.js'

const port = parentPort
if (port === null) throw new Error('this file runs in a worker thread only')
port.once('message', (boot: ShardBoot) => new ShardThread(boot, port))
