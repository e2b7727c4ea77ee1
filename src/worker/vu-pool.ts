/**
 * The virtual users of a shard that are at work for no scenario. Scenarios borrow them and give them back.
 */
import type { LoadedVu } from '../executor/host.js'

export class VuPool {
  readonly #idle: LoadedVu[] = []

  get size(): number {
    return this.#idle.length
  }

  /** First in, first out: the lowest numbers go to work first. */
  borrow(): LoadedVu | undefined {
    return this.#idle.shift()
  }

  giveBack(loaded: LoadedVu): void {
    this.#idle.push(loaded)
  }

  /** After initialisation, whatever order it ended in. */
  sort(): void {
    this.#idle.sort((a, b) => a.vu.idInInstance - b.vu.idInInstance)
  }
}
