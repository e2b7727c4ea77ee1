/**
 * The virtual users of a shard that are at work for no scenario. Scenarios borrow them and give them back.
 */
import type { LoadedVu } from '../../executor/host.js'

type Taken = (loaded: LoadedVu) => void

const NOTHING_TO_END = (): void => {}

export class VuPool {
  readonly #idle: LoadedVu[] = []
  /** Those who found no VU, in order. */
  readonly #waiting: Taken[] = []

  get size(): number {
    return this.#idle.length
  }

  /**
   * First in, first out: the lowest numbers go to work first. Calls `taken` at once, or when a VU is given back; the function it
   * gives ends that wait.
   */
  borrow(taken: Taken): () => void {
    const loaded = this.#idle.shift()
    if (loaded !== undefined) {
      taken(loaded)
      return NOTHING_TO_END
    }
    this.#waiting.push(taken)
    return () => {
      const index = this.#waiting.indexOf(taken)
      if (index >= 0) this.#waiting.splice(index, 1)
    }
  }

  giveBack(loaded: LoadedVu): void {
    const taken = this.#waiting.shift()
    if (taken === undefined) this.#idle.push(loaded)
    else taken(loaded)
  }

  /** After initialisation, whatever order it ended in. */
  sort(): void {
    this.#idle.sort((a, b) => a.vu.idInInstance - b.vu.idInInstance)
  }
}
