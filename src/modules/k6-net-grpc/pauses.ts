/** The pauses of the blocking methods of a client. */
import type { GrpcStatus } from '../../net/grpc/status.js'
import type { Pause } from '../../pausable/runtime/pause.js'
import type { ClientChannel } from './client-channel.js'

/** Waits until `begin` calls `done`. */
export class Waiting implements Pause {
  readonly call: string
  readonly #begin: (done: () => void) => void

  constructor(call: string, begin: (done: () => void) => void) {
    this.call = call
    this.#begin = begin
  }

  start(resume: (value: unknown) => void): void {
    this.#begin(() => resume(undefined))
  }
}

/** Waits until the channel is open. The result of the pause is undefined, or the text of what went wrong. */
export class ConnectWait implements Pause {
  readonly call = 'client.connect()'
  readonly #owner: ClientChannel

  constructor(owner: ClientChannel) {
    this.#owner = owner
  }

  start(resume: (value: unknown) => void): void {
    const owner = this.#owner
    const waiter = {
      cancel: () => owner.channel.leave(waiter),
      opened: () => {
        owner.end(waiter)
        resume(undefined)
      },
      failed: ({ message }: GrpcStatus, isTimeout: boolean) => {
        owner.end(waiter)
        resume(isTimeout ? `context deadline exceeded: ${message}` : message)
      },
    }
    owner.begin(waiter)
    owner.channel.open(waiter)
  }
}
