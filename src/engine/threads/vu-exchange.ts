/**
 * Idle VUs of the open model across shards. How many each shard has to offer is a cell of the control block; claiming one is an
 * atomic decrement, so it costs nothing to find out that nobody has one. Only an iteration that another shard will run is sent
 * as a message, on a direct line between the two threads.
 */
import type { MessagePort } from 'node:worker_threads'
import type { DueIteration, VuExchange } from '../../executor/host.js'
import { type ControlBlock, SharedCell } from './control-block.js'

/** The direct lines of a shard to the others. */
export class Peers {
  readonly #ports = new Map<number, MessagePort>()
  /** Whoever runs what other shards hand over. */
  onIteration: ((iteration: DueIteration) => void) | null = null

  add(shard: number, port: MessagePort): void {
    this.#ports.set(shard, port)
    port.on('message', (iteration: DueIteration) => this.onIteration?.(iteration))
    port.on('close', () => {
      // Another thread may have taken the place meanwhile.
      if (this.#ports.get(shard) === port) this.#ports.delete(shard)
    })
  }

  /** False when the other thread is gone. */
  send(shard: number, iteration: DueIteration): boolean {
    const port = this.#ports.get(shard)
    port?.postMessage(iteration)
    return port !== undefined
  }
}

export class SharedVuExchange implements VuExchange {
  readonly #control: ControlBlock
  readonly #shard: number
  readonly #peers: Pick<Peers, 'send'>

  constructor(control: ControlBlock, shard: number, peers: Pick<Peers, 'send'>) {
    this.#control = control
    this.#shard = shard
    this.#peers = peers
  }

  offer(scenario: number): void {
    this.#control.offerVu(this.#shard, scenario)
  }

  claim(scenario: number): boolean {
    return this.#control.claimVu(this.#shard, scenario)
  }

  handOver(iteration: DueIteration): boolean {
    const { scenario } = iteration
    for (;;) {
      const shard = this.#mostIdle(scenario)
      if (shard < 0) return false
      // Another shard may have been faster; then there may still be a third.
      if (this.#control.claimVu(shard, scenario)) {
        this.#control.addOnTheWay(shard, scenario, 1)
        if (this.#peers.send(shard, iteration)) return true
        this.#control.addOnTheWay(shard, scenario, -1)
        this.#control.withdrawVus(shard, scenario)
      }
    }
  }

  arrived(scenario: number): void {
    this.#control.addOnTheWay(this.#shard, scenario, -1)
  }

  takeUndelivered(scenario: number): number {
    return this.#control.takeOnTheWay(this.#shard, scenario)
  }

  withdraw(scenario: number): number {
    return this.#control.withdrawVus(this.#shard, scenario)
  }

  join(scenario: number): void {
    this.#control.addShared(scenario, SharedCell.openModelJoined, 1)
  }

  isOpen(scenario: number): boolean {
    return this.#control.getShared(scenario, SharedCell.openModelJoined) >= this.#control.shards
  }

  finish(scenario: number): void {
    this.#control.addShared(scenario, SharedCell.openModelFinished, 1)
  }

  isFinished(scenario: number): boolean {
    return this.#control.getShared(scenario, SharedCell.openModelFinished) >= this.#control.shards
  }

  /** -1 when no other shard has an idle VU. */
  #mostIdle(scenario: number): number {
    let most = 0
    let found = -1
    for (let shard = 0; shard < this.#control.shards; shard++) {
      const idle = shard === this.#shard ? 0 : this.#control.offeredVus(shard, scenario)
      if (idle > most) {
        most = idle
        found = shard
      }
    }
    return found
  }
}
