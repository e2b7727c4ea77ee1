/**
 * The classes `Client` and `Stream` of a VU: each VU has constructors of its own, whose prototypes all VUs of a thread share.
 *
 * Source  docs/spec/http.md §25.1, §25.3
 */
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { World } from '../world.js'
import { GrpcClient, streamTarget } from './client.js'
import { callParams } from './params.js'
import { StreamCore } from './stream.js'

class GrpcStream {
  readonly #core: StreamCore

  constructor(vu: VirtualUser, client: unknown, method: unknown, params: unknown) {
    if (!(client instanceof GrpcClient)) throw new HostError("invalid GRPC Stream's client: empty gRPC client")
    const target = streamTarget(client, method)
    this.#core = new StreamCore(vu, { ...target, params: callParams(params, "invalid GRPC Stream's parameters", null) })
  }

  on(event?: unknown, handler?: unknown): void {
    this.#core.on(event, handler)
  }

  write(message?: unknown): void {
    this.#core.write(message)
  }

  end(): void {
    this.#core.end()
  }
}

/** The classes of one VU. */
export function grpcClassesFor(vu: VirtualUser, world: World): { readonly Client: object; readonly Stream: object } {
  return {
    Client: constructorOf('Client', GrpcClient, () => [vu, world]),
    Stream: constructorOf('Stream', GrpcStream, (args) => [vu, args[0], args[1], args[2]]),
  }
}

/** A function with the prototype of `base`. A real class for each VU would cost each VU hidden classes of its own. */
function constructorOf(
  name: string,
  base: new (...args: never[]) => object,
  argumentsOf: (args: readonly unknown[]) => readonly unknown[],
): object {
  function construct(...args: unknown[]): object {
    if (new.target === undefined) throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`)
    return Reflect.construct(base, argumentsOf(args), new.target)
  }
  construct.prototype = base.prototype
  Object.defineProperty(construct, 'name', { value: name })
  return construct
}
