/**
 * One `write()` that the kernel did not accept at once, until its promise is settled. Its samples have the tags of the time of the call.
 *
 * Source  docs/spec/sockets.md §1.6
 */
import type { TagSet } from '../../metrics/tag-set.js'
import type { ConnectionError } from '../../net/errors.js'
import { type CallSite, calledAt } from '../../vu/call-site.js'
import type { TcpTags } from './arguments.js'
import { FIELDS } from './events.js'
import type { SocketCore } from './socket-core.js'
import { TCPError } from './tcp-error.js'

export class PendingWrite {
  readonly #socket: SocketCore
  readonly #size: number
  readonly #tags: TcpTags
  readonly #vuTags: TagSet
  readonly #site: CallSite
  readonly #resolve: () => void
  readonly #reject: (error: TCPError) => void

  constructor(
    socket: SocketCore,
    site: CallSite,
    size: number,
    tags: TcpTags,
    resolve: () => void,
    reject: (error: TCPError) => void,
  ) {
    this.#socket = socket
    this.#site = site
    this.#size = size
    this.#tags = tags
    this.#vuTags = socket.vu.tags
    this.#resolve = resolve
    this.#reject = reject
    socket.writeBegan()
  }

  /** For Connection.whenWritten(). */
  readonly done = (error: ConnectionError | null, written: number): void => {
    const socket = this.#socket
    if (socket.isAborted) return
    socket.metrics.add('tcp_writes', 1, this.#tags, this.#vuTags)
    if (error === null) {
      socket.bytesWritten += this.#size
      socket.vu.dispatch(succeed, this, undefined)
    } else {
      if (written > 0 && written < this.#size) socket.metrics.add('tcp_partial_writes', 1, this.#tags, this.#vuTags)
      const fields = { ...FIELDS, error: error.message }
      socket.vu.shard.log.write('error', 'TCP write failed', fields, { place: this.#site.place })
      const failure = TCPError.ofTransport(`failed to write data after ${written} bytes: ${error.message}`)
      socket.vu.post(fail, this, calledAt(failure, this.#site))
    }
    socket.writeEnded()
  }

  succeed(): void {
    this.#resolve()
  }

  fail(error: TCPError): void {
    this.#reject(error)
  }
}

// Promises are settled inside a task, so that their callbacks run in the VU's turn.
function succeed(write: PendingWrite): void {
  write.succeed()
}

function fail(write: PendingWrite, error: TCPError): void {
  write.fail(error)
}
