/**
 * Asks a server for the descriptors of all its services, over one stream.
 *
 *   list services ──► the file of each service ──► each file that is imported and has not come yet ──► done
 *
 * Shape   as of unary calls: `begin` starts it; `done` is called once, but not after cancel()
 * Errors  `error` is a status. A server that does not know version 1 of the protocol is asked again with v1alpha
 * Source  grpc/reflection/v1/reflection.proto
 */
import { type CallListener, GrpcCall } from '../../net/grpc/call.js'
import type { Metadata } from '../../net/grpc/metadata.js'
import { Code, failure, type GrpcStatus } from '../../net/grpc/status.js'
import type { Timer } from '../../vu/timer-queue.js'
import type { Cancellable } from '../kept-connections.js'
import type { ClientChannel } from './client-channel.js'
import { DEADLINE } from './failure.js'
import { ownType } from './own-messages.js'
import { packages } from './protobuf.js'

const PATHS = [
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
]

/** A field that is not set is null. */
interface Answer {
  readonly originalRequest: { readonly fileByFilename: string } | null
  readonly fileDescriptorResponse: { readonly fileDescriptorProto: readonly Uint8Array[] } | null
  readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] } | null
  readonly errorResponse: { readonly errorCode: number; readonly errorMessage: string } | null
}

interface FileDescriptor {
  readonly name: string
  readonly dependency: readonly string[]
}

export class Reflection implements CallListener, Cancellable {
  /** Encoded descriptors by file name; complete when `error` is null. */
  readonly files = new Map<string, Uint8Array>()
  error: GrpcStatus | null = null
  readonly #owner: ClientChannel
  readonly #metadata: Metadata
  readonly #timeoutMs: number
  readonly #asked = new Set<string>()
  #version = 0
  #call: GrpcCall | null = null
  #open = 0
  #timer: Timer | null = null
  #done: (() => void) | null = null

  constructor(owner: ClientChannel, metadata: Metadata, timeoutMs: number) {
    this.#owner = owner
    this.#metadata = metadata
    this.#timeoutMs = timeoutMs
  }

  begin(done: () => void): void {
    this.#done = done
    this.#owner.begin(this)
    if (Number.isFinite(this.#timeoutMs)) {
      this.#timer = this.#owner.vu.shard.timers.add(this.#timeoutMs, timeOut, this)
    }
    this.#start()
  }

  cancel(): void {
    this.#call?.cancel()
    this.#end()
  }

  timedOut(): void {
    this.#timer = null
    this.#finish(DEADLINE)
  }

  #start(): void {
    const request = { path: PATHS[this.#version]!, metadata: this.#metadata, authority: undefined, timeoutMs: null }
    this.#call = new GrpcCall(this.#owner.channel, request, this)
    this.#call.begin()
    this.#ask({ listServices: '*' })
  }

  #ask(question: Record<string, string>): void {
    const type = ownType('ServerReflectionRequest')
    this.#open++
    this.#call!.write(type.encode(question).finish())
  }

  // ---- called by the call --------------------------------------------------------------------------------------------

  callMessage(message: Buffer): void {
    this.#open--
    try {
      this.#take(ownType('ServerReflectionResponse').decode(message) as unknown as Answer)
    } catch (error) {
      this.#finish(failure(Code.Internal, `the answer is no descriptor: ${(error as Error).message}`))
    }
    if (this.#open === 0) this.#finish(null)
  }

  callEnded(status: GrpcStatus): void {
    if (status.code === Code.Unimplemented && this.#version + 1 < PATHS.length && this.#asked.size === 0) {
      this.#version++
      this.#open = 0
      this.#start()
      return
    }
    const isEarly = status.code === Code.OK
    this.#finish(isEarly ? failure(Code.Internal, 'the server has ended the stream before it had answered') : status)
  }

  #take({ originalRequest, fileDescriptorResponse, listServicesResponse, errorResponse }: Answer): void {
    if (errorResponse !== null) {
      // Some servers do not send the files of Google that protobuf comes with. These are known here.
      const file = originalRequest?.fileByFilename ?? ''
      if (file.startsWith('google/protobuf/')) this.#addCommon(file)
      else this.#finish(failure(errorResponse.errorCode, errorResponse.errorMessage))
      return
    }
    for (const { name } of listServicesResponse?.service ?? []) {
      if (this.#isNew(`service ${name}`)) this.#ask({ fileContainingSymbol: name })
    }
    for (const bytes of fileDescriptorResponse?.fileDescriptorProto ?? []) this.#addFile(bytes)
  }

  #addFile(bytes: Uint8Array): void {
    const { name, dependency } = packages().descriptor.FileDescriptorProto.decode(bytes) as unknown as FileDescriptor
    this.files.set(name, bytes)
    this.#asked.add(name)
    for (const file of dependency) if (this.#isNew(file)) this.#ask({ fileByFilename: file })
  }

  #addCommon(file: string): void {
    const { protobuf, descriptor } = packages()
    const common = protobuf.common.get(file)
    if (common === null || common.nested === undefined) {
      this.#finish(failure(Code.NotFound, `the server has no descriptor of ${file}`))
      return
    }
    const set = protobuf.Root.fromJSON({ nested: common.nested }).toDescriptor('proto3') as unknown as {
      file: object[]
    }
    for (const one of set.file) this.files.set(file, descriptor.FileDescriptorProto.encode(one).finish())
  }

  #isNew(question: string): boolean {
    if (this.#asked.has(question)) return false
    this.#asked.add(question)
    return true
  }

  #finish(error: GrpcStatus | null): void {
    const done = this.#done
    if (done === null) return
    this.error = error
    this.#call?.cancel()
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

function timeOut(reflection: Reflection): void {
  reflection.timedOut()
}
