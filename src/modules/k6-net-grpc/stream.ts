/**
 * `Stream`: a call with messages in both directions.
 *
 * Events   data for each message, error when the status is not OK, then end. Each event is a task of the VU
 * Life     holds the iteration until `end` is delivered. When the iteration fails, its streams are cancelled
 * Memory   messages that wait for the script are limited (vu/backlog.ts): then the server has to wait
 * Source   docs/spec/http.md §25.3
 */
import type { TagSet } from '../../metrics/tag-set.js'
import type { Traffic } from '../../net/connection.js'
import { type CallListener, GrpcCall } from '../../net/grpc/call.js'
import { MessageError } from '../../net/grpc/message-reader.js'
import { Code, failure, type GrpcStatus } from '../../net/grpc/status.js'
import type { Twin } from '../../pausable/runtime/pause.js'
import { Backlog } from '../../vu/backlog.js'
import { HostError } from '../../vu/host-error.js'
import { Lease, type Leased } from '../../vu/lease.js'
import { callScript } from '../../vu/script-calls.js'
import type { Timer } from '../../vu/timer-queue.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import type { ClientChannel } from './client-channel.js'
import { DEADLINE, errorOf, unreadable } from './failure.js'
import { decodeMessage, encodeMessage } from './json-mapping.js'
import { callTags, countOfStream, measureCall } from './metrics.js'
import type { CallParams } from './params.js'
import type { GrpcMethod, Schema } from './schema.js'

export type StreamEvent = 'data' | 'error' | 'end'

type Handler = (...args: never[]) => unknown

export interface StreamTarget {
  readonly owner: ClientChannel
  readonly method: GrpcMethod
  readonly schema: Schema
  readonly params: CallParams
}

const NO_TRAFFIC: Traffic = { sent: 0, received: 0 }

export class StreamCore implements CallListener, Leased {
  readonly #vu: VirtualUser
  readonly #target: StreamTarget
  readonly #call: GrpcCall
  readonly #tags: TagSet
  readonly #handlers: Record<StreamEvent, Handler[]> = { data: [], error: [], end: [] }
  readonly #backlog: Backlog
  readonly #lease: Lease
  readonly #startedAt: number
  #timer: Timer | null = null
  /** The script has called end(). */
  #isEnded = false
  /** The call is over. Events may still wait for their turn. */
  #isClosed = false

  constructor(vu: VirtualUser, target: StreamTarget) {
    const { owner, method, params } = target
    const { metadata, authority, timeoutMs, tags } = params
    const { shard } = vu
    this.#vu = vu
    this.#target = target
    this.#tags = callTags(vu, owner.address, method, tags)
    this.#call = new GrpcCall(owner.channel, { path: method.path, metadata, authority, timeoutMs }, this)
    this.#backlog = new Backlog(this.#call)
    this.#lease = new Lease(vu, this)
    this.#startedAt = shard.clock.now()
    if (timeoutMs !== null) this.#timer = shard.timers.add(timeoutMs, timeOut, this)
    countOfStream(vu, 'grpc_streams', this.#tags)
    owner.begin(this)
    this.#call.begin()
  }

  on(event: unknown, handler: unknown): void {
    const name = String(event)
    if (!Object.hasOwn(this.#handlers, name)) {
      this.#warn(`can't register ${name} event handler: unknown GRPC stream's event type: ${name}`)
      return
    }
    if (typeof handler !== 'function')
      throw new HostError(`handler for ${JSON.stringify(name)} event isn't a callable function`)
    this.#handlers[name as StreamEvent].push(handler as Handler)
  }

  write(message: unknown): void {
    if (message === undefined || message === null) {
      this.#warn("can't send empty message")
      return
    }
    if (this.#isClosed || this.#isEnded) {
      this.#warn("can't write to a closed stream")
      return
    }
    try {
      this.#call.write(encodeMessage(this.#target.method.requestType, message))
    } catch (error) {
      if (error instanceof MessageError) this.#close(error.status)
      else this.#close(failure(Code.Unknown, `can't marshal request to proto: ${(error as Error).message}`))
      return
    }
    countOfStream(this.#vu, 'grpc_streams_msgs_sent', this.#tags)
  }

  end(): void {
    this.#isEnded = true
    this.#call.end()
  }

  #warn(message: string): void {
    this.#vu.shard.log.warning(message)
  }

  // ---- called by the call --------------------------------------------------------------------------------------------

  callMessage(message: Buffer): void {
    countOfStream(this.#vu, 'grpc_streams_msgs_received', this.#tags)
    this.#backlog.add(message.length)
    this.#vu.post(deliverMessage, this, { message, ts: Math.floor(Date.now() / 1000) })
  }

  callEnded(status: GrpcStatus): void {
    this.#close(status)
  }

  timedOut(): void {
    this.#timer = null
    this.#close(DEADLINE)
  }

  /** Called by the client's channel when the VU was interrupted. Nothing is measured. */
  cancel(): void {
    this.#finish()
    this.#lease.end()
  }

  // ---- called by the VU ----------------------------------------------------------------------------------------------

  revoked(): void {
    this.cancel()
  }

  /** The channel counts the bytes of all its streams. */
  takeTraffic(): Traffic {
    return NO_TRAFFIC
  }

  // ---- tasks of the VU -----------------------------------------------------------------------------------------------

  messageTaken({ message, ts }: Received): Twin | undefined {
    this.#backlog.taken(message.length)
    if (this.#lease.isOver) return undefined
    const handlers = this.#handlers.data
    if (handlers.length === 0) return undefined
    let value: unknown
    try {
      value = decodeMessage(this.#target.method.responseType, message)
    } catch (error) {
      const status = unreadable(error as Error)
      // The call may be over already, with the status OK: then only the `error` event is left to deliver.
      if (this.#isClosed) return this.failed(status)
      this.#close(status)
      return undefined
    }
    return callAll(handlers, [value, { ts }])
  }

  failed(status: GrpcStatus): Twin | undefined {
    if (this.#lease.isOver) return undefined
    return callAll(this.#handlers.error, [errorOf(status, this.#target.schema.root)])
  }

  ended(): Twin | undefined {
    if (this.#lease.isOver) return undefined
    this.#lease.end()
    return callAll(this.#handlers.end, [])
  }

  // --------------------------------------------------------------------------------------------------------------------

  #close(status: GrpcStatus): void {
    if (this.#isClosed) return
    const { clock } = this.#vu.shard
    const { remoteAddress } = this.#target.owner.channel
    measureCall(this.#vu, this.#tags, status.code, clock.now() - this.#startedAt, remoteAddress)
    this.#finish()
    if (status.code !== Code.OK) this.#vu.post(deliverFailure, this, status)
    this.#vu.post(deliverEnd, this, null)
  }

  #finish(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#timer !== null) this.#vu.shard.timers.cancel(this.#timer)
    this.#timer = null
    this.#call.cancel()
    this.#target.owner.end(this)
    this.#backlog.end()
  }
}

interface Received {
  readonly message: Buffer
  readonly ts: number
}

function deliverMessage(stream: StreamCore, received: Received): Twin | undefined {
  return stream.messageTaken(received)
}

function deliverFailure(stream: StreamCore, status: GrpcStatus): Twin | undefined {
  return stream.failed(status)
}

function deliverEnd(stream: StreamCore): Twin | undefined {
  return stream.ended()
}

function timeOut(stream: StreamCore): void {
  stream.timedOut()
}

/** Calls the handlers in order. When one may pause, the result is a generator that calls it and those after it. */
function callAll(handlers: readonly Handler[], args: readonly unknown[]): Twin | undefined {
  for (let i = 0; i < handlers.length; i++) {
    const twin = callScript(handlers[i]!, undefined, args)
    if (twin !== undefined) return i === handlers.length - 1 ? twin : callRest(twin, handlers.slice(i + 1), args)
  }
  return undefined
}

function* callRest(twin: Twin, rest: readonly Handler[], args: readonly unknown[]): Twin {
  yield* twin
  const next = callAll(rest, args)
  if (next !== undefined) yield* next
  return undefined
}
