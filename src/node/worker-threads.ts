/** `node:worker_threads` in a virtual user. The script sees itself as the main thread, and cannot start others. */
import workerThreads from 'node:worker_threads'
import { MessageChannel } from './message-channel.js'
import { refuse } from './refusal.js'

export function workerThreadsModule(): object {
  return {
    ...workerThreads,
    MessageChannel,
    Worker: refuse('worker_threads.Worker', 'VUs start no threads; sockeye spreads them over the cores'),
    isMainThread: true,
    parentPort: null,
    workerData: null,
    threadId: 0,
    resourceLimits: {},
  }
}
