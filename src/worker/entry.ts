/** Where a shard's thread starts. */
import { parentPort, workerData } from 'node:worker_threads'
import type { ShardBoot } from './protocol.js'
import { ShardThread } from './shard-thread.js'

if (parentPort === null) throw new Error('this file runs in a worker thread only')
new ShardThread(workerData as ShardBoot, parentPort)
