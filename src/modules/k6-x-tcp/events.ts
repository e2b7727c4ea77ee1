/**
 * The tasks of the VU that deliver a socket's events. When a task runs it checks whether the event may still be delivered (the script may have destroyed
 * the socket), and calls the listener that is set then.
 *
 * Source  docs/spec/sockets.md §1.9, §1.10
 */
import type { Twin } from '../../pausable/runtime/pause.js'
import { callScript, inGroup } from '../../vu/script-calls.js'
import type { SocketCore } from './socket-core.js'
import type { TCPError } from './tcp-error.js'

/** Fields of every log line of this module. */
export const FIELDS = { module: 'tcp' }
const NO_LISTENER = 'nobody listens: add an "error" listener to the socket'

export type SocketEvent = 'connect' | 'data' | 'close' | 'error' | 'timeout'
export type Listener = (...args: never[]) => unknown

export function emitData(socket: SocketCore, data: Uint8Array): Twin | undefined {
  socket.dataTaken(data)
  if (socket.state !== 'open') return undefined
  const listener = socket.listeners.data
  return listener === null ? undefined : call(socket, listener, [data])
}

/** Delivered also when the script has destroyed the socket meanwhile: it was connected, and `close` follows. */
export function emitConnect(socket: SocketCore): Twin | undefined {
  if (socket.isAborted) return undefined
  const listener = socket.listeners.connect
  return listener === null ? undefined : call(socket, listener, [])
}

export function emitTimeout(socket: SocketCore): Twin | undefined {
  if (socket.state !== 'open' && socket.state !== 'opening') return undefined
  const listener = socket.listeners.timeout
  return listener === null ? undefined : call(socket, listener, [])
}

export function emitError(socket: SocketCore, error: TCPError): Twin | undefined {
  if (socket.isAborted) return undefined
  const listener = socket.listeners.error
  if (listener !== null) return call(socket, listener, [error])
  if (error.method === 'read') {
    const fields = { ...FIELDS, error: error.message, hint: NO_LISTENER }
    socket.vu.shard.log.write('error', 'error in error handler', fields, { isRetold: true })
  }
  return undefined
}

export function emitClose(socket: SocketCore): Twin | undefined {
  if (socket.isAborted || socket.isCloseFired) return undefined
  socket.closed()
  const listener = socket.listeners.close
  return listener === null ? undefined : call(socket, listener, [])
}

/** Calls the listener in the group in which the script made the socket. */
function call(socket: SocketCore, listener: Listener, args: readonly unknown[]): Twin | undefined {
  const { group, vu } = socket
  if (vu.groupPath === group) return callScript(listener, undefined, args)
  return inGroup(vu, group, () => callScript(listener, undefined, args))
}
