/**
 * Starts the echo server in a thread of its own.
 *
 * Errors  as startEchoServer; also EchoServerError when the thread ends before it listens
 */
import { Worker } from 'node:worker_threads'
import { type EchoAddresses, type EchoServer, EchoServerError, type EchoServerOptions } from './server.js'

/** The one message of the thread. */
export type FromEchoThread =
  | { readonly type: 'listening'; readonly addresses: EchoAddresses }
  | { readonly type: 'failed'; readonly message: string; readonly hint: string | undefined }

export async function startEchoThread(options: EchoServerOptions): Promise<EchoServer> {
  const worker = new Worker(new URL('../echo/entry.js', import.meta.url), {
    workerData: options,
  })
  try {
    const addresses = await firstMessage(worker)
    // An error of the thread later on shows as refused connections.
    worker.on('error', () => {})
    // The process ends although nobody closed the server.
    worker.unref()
    return { ...addresses, close: async () => void (await worker.terminate()) }
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

function firstMessage(worker: Worker): Promise<EchoAddresses> {
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
