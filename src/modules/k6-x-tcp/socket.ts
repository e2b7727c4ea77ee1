/**
 * `Socket` of `k6/x/tcp` as scripts see it; what happens behind it is in socket-core.ts.
 *
 * Source  docs/spec/sockets.md §1.2, §1.3
 */
import { CallSite } from '../../vu/call-site.js'
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { socketTags, timeoutOf } from './arguments.js'
import { SocketCore } from './socket-core.js'

/** The class that scripts see; each VU has its own. */
export type SocketClass = new (options?: unknown) => TcpSocket

/**
 * The class `Socket` of a VU. It is a function whose prototype all VUs share: a real class for each VU would cost more than a kilobyte of hidden
 * classes.
 */
export function socketClassFor(vu: VirtualUser): SocketClass {
  function Socket(options?: unknown): TcpSocket {
    if (new.target === undefined) throw new TypeError("Class constructor Socket cannot be invoked without 'new'")
    if ((new.target as unknown) === socketClass) return new TcpSocket(vu, socketClass, options)
    return Reflect.construct(TcpSocket, [vu, socketClass, options], new.target) as TcpSocket
  }
  Socket.prototype = TcpSocket.prototype
  // The build may rename the function.
  Object.defineProperty(Socket, 'name', { value: 'Socket' })
  const socketClass = Socket as unknown as SocketClass
  return socketClass
}

class TcpSocket {
  // As on k6 the methods are own and enumerable, and need no `this`.
  readonly connect: (first?: unknown, second?: unknown) => Promise<void>
  readonly write: (data?: unknown, options?: unknown) => Promise<void>
  readonly destroy: () => void
  readonly setTimeout: (ms?: unknown) => this
  readonly on: (event?: unknown, listener?: unknown) => void
  readonly #core: SocketCore

  constructor(vu: VirtualUser, socketClass: SocketClass, options: unknown) {
    if (vu.phase === 'init') throw new HostError('using TCP sockets in the init context is not supported')
    const core = new SocketCore(vu, socketClass, socketTags(options))
    this.#core = core
    this.connect = (first, second) => core.connect(first, second, new CallSite(this.connect))
    this.write = (data, writeOptions) => core.write(data, writeOptions, this.write)
    this.destroy = () => core.destroy()
    this.setTimeout = (ms) => {
      core.setTimeout(timeoutOf(ms))
      return this
    }
    this.on = (event, listener) => core.on(event, listener)
  }

  static {
    Object.defineProperty(TcpSocket.prototype, 'constructor', {
      get(this: TcpSocket) {
        return #core in this ? this.#core.socketClass : TcpSocket
      },
      configurable: true,
      enumerable: false,
    })
    const readOnly = (name: string, get: (core: SocketCore) => unknown): void => {
      Object.defineProperty(TcpSocket.prototype, name, {
        get(this: TcpSocket) {
          return get(this.#core)
        },
        set() {
          throw new TypeError(`Cannot assign to read only property '${name}'`)
        },
        configurable: false,
        enumerable: false,
      })
    }
    readOnly('ready_state', (core) => core.state)
    readOnly('connected', (core) => core.state === 'open')
    readOnly('local_ip', (core) => core.connection?.localAddress)
    readOnly('local_port', (core) => core.connection?.localPort)
    readOnly('remote_ip', (core) => core.connection?.remoteAddress)
    readOnly('remote_port', (core) => core.connection?.remotePort)
    readOnly('bytes_written', (core) => core.bytesWritten)
    readOnly('bytes_read', (core) => core.bytesRead)
  }
}
