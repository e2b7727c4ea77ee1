/**
 * Lets a shard use idle VUs of other shards in the open model. The control block has the number of VUs that each shard offers, and a shard
 * claims one by an atomic decrement, without a message. Then it sends the iteration on a direct port to the other shard.
 */
import type { MessagePort } from 'node:worker_threads'
import type { DueIteration, VuExchange } from '../../executor/host.js'
import { type ControlBlock, SharedCell } from './control-block.js'

/** The direct ports of a shard to the others. */
export class Peers {
  readonly #ports = new Map<number, MessagePort>()
  /** Called with iterations that other shards send. */
  onIteration: ((iteration: DueIteration) => void) | null = null

  add(shard: number, port: MessagePort): void {
    this.#ports.set(shard, port)
    port.on('message', (iteration: DueIteration) => this.onIteration?.(iteration))
    port.on('close', () => {
      // A new thread may have replaced the port meanwhile.
      if (this.#ports.get(shard) === port) this.#ports.delete(shard)
    })
  }

  /** False when the other thread has died. */
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
      // When another shard was faster, the next turn of the loop tries a third one.
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

  /** The shard with most idle VUs; -1 when no other shard has one. */
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
