/** The thread that runs an echo server beside a test, so that the two do not share an event loop. */
import { parentPort, workerData } from 'node:worker_threads'
import { EchoServerError, type EchoServerOptions, startEchoServer } from './server.js'
import type { FromEchoThread } from './thread.js'

const port = parentPort
if (port === null) throw new Error('this module is the entry of a worker thread')

const send = (message: FromEchoThread) => port.postMessage(message)
try {
  // Closing needs no message: the main thread ends this thread, and its sockets with it.
  const { close: _, ...addresses } = await startEchoServer(workerData as EchoServerOptions)
  send({ type: 'listening', addresses })
} catch (error) {
  const hint = error instanceof EchoServerError ? error.hint : undefined
  send({ type: 'failed', message: (error as Error).message, hint })
}
