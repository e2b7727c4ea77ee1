/**
 * Starts the echo server in a thread of its own.
 *
 * Errors  as startEchoServer; also EchoServerError when the thread ends before it listens
 */
import { Worker } from 'node:worker_threads'
import type { EchoThreadData, FromEchoThread } from './protocol.js'
import { type EchoAddresses, type EchoServer, EchoServerError, type EchoServerOptions } from './server.js'

export async function startEchoThread(options: EchoServerOptions): Promise<EchoServer> {
  const worker = new Worker(new URL('../echo/entry.js', import.meta.url), {
    workerData: options satisfies EchoThreadData,
  })
  try {
    const addresses = await firstWord(worker)
    // What fails in there later shows as refused connections; and a forgotten close must not keep the process alive.
    worker.on('error', () => {})
    worker.unref()
    return { ...addresses, close: async () => void (await worker.terminate()) }
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

function firstWord(worker: Worker): Promise<EchoAddresses> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new EchoServerError(`the echo server's thread ended with code ${code}`)))
    worker.once('message', (message: FromEchoThread) => {
      worker.removeAllListeners('error')
      if (message.type === 'listening') resolve(message.addresses)
      else reject(new EchoServerError(message.message, message.hint))
    })
  })
}
