/** What the main thread and the thread of the echo server tell each other. */
import type { EchoAddresses, EchoServerOptions } from './server.js'

/** What the thread is started with, as workerData. */
export type EchoThreadData = EchoServerOptions

export type FromEchoThread =
  | { readonly type: 'listening'; readonly addresses: EchoAddresses }
  | { readonly type: 'failed'; readonly message: string; readonly hint: string | undefined }
