/**
 * The TCP and TLS echo: every byte goes back where it came from. Hot: runs per chunk, without a closure per connection.
 *
 * A client that writes and does not read is paused when its echoes pile up. A client that half-closes gets the rest, then our end.
 */
import type { Socket } from 'node:net'

/** Serves one connection, plain or encrypted. The caller handles errors and keeps track of open sockets. */
export function serveEcho(socket: Socket): void {
  socket.setNoDelay(true)
  socket.on('data', echo)
  socket.on('drain', resume)
  socket.on('end', finish)
}

function echo(this: Socket, chunk: Buffer): void {
  if (!this.write(chunk)) this.pause()
}

function resume(this: Socket): void {
  this.resume()
}

function finish(this: Socket): void {
  this.end()
}
