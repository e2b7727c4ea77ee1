/**
 * One call with one request and one response: `invoke`, `asyncInvoke`, and the health check.
 *
 * Shape   `begin` starts it. `done` is called once: after begin() has returned, and not when the VU is interrupted before. Then `status` is
 *         set, and `message` when the status is OK
 * Source  docs/spec/http.md §25.2
 */
import type { TagSet } from '../../metrics/tag-set.js'
import { type CallListener, GrpcCall } from '../../net/grpc/call.js'
import type { MessageError } from '../../net/grpc/message-reader.js'
import { Code, failure, type GrpcStatus } from '../../net/grpc/status.js'
import type { Timer } from '../../vu/timer-queue.js'
import type { Cancellable } from '../kept-connections.js'
import type { ClientChannel } from './client-channel.js'
import { DEADLINE, unreadable } from './failure.js'
import { measureCall } from './metrics.js'
import type { CallParams } from './params.js'

const NO_RESPONSE = 'cardinality violation: received no response message from non-server-streaming RPC'
const TWO_RESPONSES =
  'cardinality violation: expected <EOF> for non server-streaming RPCs, but received another message'

export interface UnaryRequest {
  readonly path: string
  readonly message: Uint8Array
  /** Decodes the response. What it throws makes the call fail. */
  readonly read: (response: Buffer) => unknown
  readonly params: CallParams
  readonly tags: TagSet
}

export class UnaryCall implements CallListener, Cancellable {
  status: GrpcStatus | null = null
  message: unknown = null
  readonly request: UnaryRequest
  readonly call: GrpcCall
  readonly #owner: ClientChannel
  #response: Buffer | null = null
  #done: (() => void) | null = null
  #timer: Timer | null = null
  #startedAt = 0
  /** The time at which the response was there, before it is decoded; 0 without a response. */
  #endedAt = 0
  #ip = ''

  constructor(owner: ClientChannel, request: UnaryRequest) {
    const { path, params } = request
    const { metadata, authority, timeoutMs } = params
    this.request = request
    this.#owner = owner
    this.call = new GrpcCall(owner.channel, { path, metadata, authority, timeoutMs }, this)
  }

  begin(done: () => void): void {
    const { shard } = this.#owner.vu
    const { message, params } = this.request
    this.#done = done
    this.#startedAt = shard.clock.now()
    this.#owner.begin(this)
    if (params.timeoutMs !== null) this.#timer = shard.timers.add(params.timeoutMs, timeOut, this)
    try {
      this.call.write(message)
    } catch (error) {
      process.nextTick(endCall, this, (error as MessageError).status)
      return
    }
    this.call.end()
    this.call.begin()
  }

  cancel(): void {
    this.call.cancel()
    this.#end()
  }

  timedOut(): void {
    this.#timer = null
    this.#finish(DEADLINE)
  }

  // ---- called by the call --------------------------------------------------------------------------------------------

  callMessage(message: Buffer): void {
    if (this.#response === null) {
      this.#response = message
      this.#ip = this.#owner.channel.remoteAddress
    } else this.#finish(failure(Code.Internal, TWO_RESPONSES))
  }

  callEnded(status: GrpcStatus): void {
    if (status.code !== Code.OK) this.#finish(status)
    else if (this.#response === null) this.#finish(failure(Code.Internal, NO_RESPONSE))
    else this.#finish(this.#readResponse(status, this.#response))
  }

  #readResponse(status: GrpcStatus, response: Buffer): GrpcStatus {
    this.#endedAt = this.#owner.vu.shard.clock.now()
    try {
      this.message = this.request.read(response)
      return status
    } catch (error) {
      return unreadable(error as Error)
    }
  }

  #finish(status: GrpcStatus): void {
    const done = this.#done
    if (done === null) return
    const { vu, channel } = this.#owner
    this.status = status
    const duration = (this.#endedAt || vu.shard.clock.now()) - this.#startedAt
    measureCall(vu, this.request.tags, status.code, duration, this.#ip || channel.remoteAddress)
    this.call.cancel()
    this.#end()
    done()
  }

  #end(): void {
    this.#done = null
    this.#owner.end(this)
    if (this.#timer !== null) this.#owner.vu.shard.timers.cancel(this.#timer)
    this.#timer = null
  }
}

function timeOut(call: UnaryCall): void {
  call.timedOut()
}

function endCall(call: UnaryCall, status: GrpcStatus): void {
  call.callEnded(status)
}
