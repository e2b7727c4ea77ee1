/**
 * `Client` of `k6/net/grpc`: the methods of services that it has loaded, and its channel.
 *
 * Source  docs/spec/http.md §25.1, §25.2
 */

import type { ReceivedMetadata } from '../../net/grpc/metadata.js'
import { Code, type GrpcStatus, statusText } from '../../net/grpc/status.js'
import { PAUSE, type Twin } from '../../pausable/runtime/pause.js'
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { World } from '../world.js'
import { addressOf } from './address.js'
import { ClientChannel } from './client-channel.js'
import { errorOf, type GrpcError } from './failure.js'
import { decodeMessage, encodeMessage } from './json-mapping.js'
import { callTags } from './metrics.js'
import { ownType } from './own-messages.js'
import { type CallParams, type ConnectParams, callParams, connectParams, DEFAULT_TIMEOUT } from './params.js'
import { ConnectWait, Waiting } from './pauses.js'
import { Reflection } from './reflection.js'
import {
  type GrpcMethod,
  infosOf,
  type MethodInfo,
  type Schema,
  schemaOfDescriptors,
  schemaOfFiles,
  schemaOfProtoset,
} from './schema.js'
import { UnaryCall } from './unary-call.js'

const NOT_CONNECTED = 'no gRPC connection, you must call connect first'
const HEALTH_CHECK = '/grpc.health.v1.Health/Check'
const NO_CALL_PARAMS: CallParams = {
  metadata: [],
  tags: {},
  timeoutMs: DEFAULT_TIMEOUT,
  discardsMessage: false,
  authority: undefined,
}

interface GrpcResponse {
  readonly status: number
  readonly message: unknown
  readonly error: GrpcError | null
  readonly headers: ReceivedMetadata
  readonly trailers: ReceivedMetadata
}

interface KnownMethod {
  readonly method: GrpcMethod
  readonly schema: Schema
}

interface PreparedCall {
  readonly call: UnaryCall
  /** Has the types of the details of an error. */
  readonly schema: Schema
}

/** The channel and the method of a new stream. Only this folder may ask a client for its channel. Throws a HostError. */
export let streamTarget: (client: GrpcClient, method: unknown) => KnownMethod & { readonly owner: ClientChannel }

export class GrpcClient {
  readonly #vu: VirtualUser
  readonly #world: World
  readonly #methods = new Map<string, KnownMethod>()
  #channel: ClientChannel | null = null

  constructor(vu: VirtualUser, world: World) {
    this.#vu = vu
    this.#world = world
  }

  load(importPaths?: unknown, ...files: unknown[]): MethodInfo[] {
    this.#assertInit('load')
    const folders = importPaths === undefined || importPaths === null ? [] : [importPaths].flat().map(String)
    return this.#learn(schemaOfFiles(this.#world.environment, folders, files.flat().map(String)))
  }

  loadProtoset(path?: unknown): MethodInfo[] {
    this.#assertInit('loadProtoset')
    return this.#learn(schemaOfProtoset(this.#world.environment, String(path)))
  }

  asyncInvoke(method?: unknown, request?: unknown, params?: unknown): Promise<GrpcResponse> {
    const vu = this.#vu
    return new Promise((resolve, reject) => {
      const prepared = this.#prepare(method, request, params)
      const hold = vu.hold()
      prepared.call.begin(() => vu.post(settle, { prepared, vu, resolve, reject, hold }, undefined))
    })
  }

  close(): void {
    this.#channel?.close()
    this.#channel = null
  }

  #assertInit(name: string): void {
    if (this.#vu.phase !== 'init') throw new HostError(`${name} must be called in the init context`)
  }

  #learn(schema: Schema): MethodInfo[] {
    for (const method of schema.methods.values()) this.#methods.set(method.path, { method, schema })
    return infosOf(schema)
  }

  *#connect(address: unknown, given: unknown): Twin {
    if (this.#vu.phase === 'init') {
      throw new HostError('connecting to a gRPC server in the init context is not supported')
    }
    if (this.#channel !== null) return true
    const params = connectParams(given)
    const channel = this.#newChannel(address, params)
    try {
      // Thrown here and not by the pause, so that its stack leads to the script's call.
      const problem = yield new ConnectWait(channel)
      if (typeof problem === 'string') throw new HostError(problem)
      if (params.reflect) yield* this.#reflect(channel, params)
    } catch (error) {
      channel.close()
      throw error
    }
    this.#channel = channel
    return true
  }

  #newChannel(address: unknown, params: ConnectParams): ClientChannel {
    const target = addressOf(address)
    try {
      return new ClientChannel(this.#vu, target, params)
    } catch (error) {
      throw new HostError(`invalid grpc.connect() parameters: invalid tls value: ${(error as Error).message}`)
    }
  }

  *#reflect(channel: ClientChannel, { reflectMetadata, timeoutMs }: ConnectParams): Twin {
    const reflection = new Reflection(channel, reflectMetadata, timeoutMs)
    yield new Waiting('client.connect()', (done) => reflection.begin(done))
    if (reflection.error !== null) throw new HostError(`can't list services: ${statusText(reflection.error)}`)
    this.#learn(schemaOfDescriptors(this.#world.environment, reflection.files))
    return undefined
  }

  *#invoke(method: unknown, request: unknown, params: unknown): Twin {
    const prepared = this.#prepare(method, request, params)
    yield new Waiting('client.invoke()', (done) => prepared.call.begin(done))
    return responseOf(prepared)
  }

  #prepare(method: unknown, request: unknown, given: unknown): PreparedCall {
    if (this.#vu.phase === 'init') throw new HostError('invoking RPC methods in the init context is not supported')
    const channel = this.#channel
    if (channel === null) throw new HostError(NOT_CONNECTED)
    const known = this.#methodOf(method)
    if (request === undefined || request === null) throw new HostError('request cannot be nil')
    const message = serialised(known.method, request)
    const params =
      given === undefined
        ? NO_CALL_PARAMS
        : callParams(given, "invalid GRPC's client.invoke() parameters", DEFAULT_TIMEOUT)
    const tags = callTags(this.#vu, channel.address, known.method, params.tags)
    const call = new UnaryCall(channel, {
      path: known.method.path,
      message,
      read: params.discardsMessage ? nothing : (response) => decodeMessage(known.method.responseType, response),
      params,
      tags,
    })
    return { call, schema: known.schema }
  }

  #methodOf(given: unknown): KnownMethod {
    const name = String(given ?? '')
    if (name === '') throw new HostError('method to invoke cannot be empty')
    const path = name.startsWith('/') ? name : `/${name}`
    const known = this.#methods.get(path)
    if (known === undefined) throw new HostError(`method ${JSON.stringify(path)} not found in file descriptors`)
    return known
  }

  *#healthCheck(service: unknown): Twin {
    if (this.#vu.phase === 'init') throw new HostError('invoking RPC methods in the init context is not supported')
    const channel = this.#channel
    if (channel === null) throw new HostError(NOT_CONNECTED)
    const message = ownType('HealthCheckRequest')
      .encode({ service: String(service ?? '') })
      .finish()
    const request = { path: HEALTH_CHECK, message, read: healthOf, params: NO_CALL_PARAMS, tags: this.#vu.tags }
    const call = new UnaryCall(channel, request)
    yield new Waiting('client.healthCheck()', (done) => call.begin(done))
    const status = call.status as GrpcStatus
    if (status.code !== Code.OK) throw new HostError(statusText(status))
    return { status: call.message }
  }

  static {
    blocking('connect', 1, (client, address, params) => client.#connect(address, params))
    blocking('invoke', 2, (client, method, request, params) => client.#invoke(method, request, params))
    blocking('healthCheck', 1, (client, service) => client.#healthCheck(service))

    /** A method in its two forms. */
    function blocking(name: string, length: number, twin: (client: GrpcClient, ...args: unknown[]) => Twin): void {
      const { [name]: method } = {
        [name](this: GrpcClient, ...args: unknown[]): unknown {
          return this.#vu.runtime.run(twin(this, ...args))
        },
      }
      Object.defineProperty(method, 'length', { value: length, configurable: true })
      Object.defineProperty(method, PAUSE, {
        value(this: GrpcClient, ...args: unknown[]): Twin {
          return twin(this, ...args)
        },
      })
      Object.defineProperty(GrpcClient.prototype, name, { value: method, writable: true, configurable: true })
    }

    streamTarget = (client, method) => {
      const owner = client.#channel
      if (owner === null) throw new HostError(`invalid GRPC Stream's client: ${NOT_CONNECTED}`)
      try {
        return { owner, ...client.#methodOf(method) }
      } catch (error) {
        throw new HostError(`invalid GRPC Stream's method: ${(error as Error).message}`)
      }
    }
  }
}

function serialised({ requestType }: GrpcMethod, request: unknown): Uint8Array {
  try {
    return encodeMessage(requestType, request)
  } catch (error) {
    throw new HostError(`unable to serialise request object to protocol buffer: ${(error as Error).message}`)
  }
}

function responseOf({ call, schema }: PreparedCall): GrpcResponse {
  const status = call.status as GrpcStatus
  const { headers, trailers } = call.call
  const isOk = status.code === Code.OK
  const error = isOk ? null : errorOf(status, schema.root)
  return { status: status.code, message: isOk ? call.message : null, error, headers, trailers }
}

/** `discardResponseMessage` */
function nothing(): null {
  return null
}

function healthOf(response: Buffer): number {
  return (ownType('HealthCheckResponse').decode(response) as unknown as { readonly status: number }).status
}

interface Settlement {
  readonly prepared: PreparedCall
  readonly vu: VirtualUser
  readonly resolve: (response: GrpcResponse) => void
  readonly reject: (error: unknown) => void
  readonly hold: number
}

function settle({ prepared, vu, resolve, reject, hold }: Settlement): void {
  try {
    resolve(responseOf(prepared))
  } catch (error) {
    reject(error)
  }
  vu.release(hold)
}
