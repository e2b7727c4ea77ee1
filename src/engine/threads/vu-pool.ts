/** The virtual users of a shard that no scenario uses at the moment. Scenarios borrow them and give them back. */
import type { LoadedVu } from '../../executor/host.js'

type Taken = (loaded: LoadedVu) => void

const NOTHING_TO_END = (): void => {}

export class VuPool {
  readonly #idle: LoadedVu[] = []
  /** Scenarios that wait for a VU, in order. */
  readonly #waiting: Taken[] = []

  get size(): number {
    return this.#idle.length
  }

  /**
   * Calls `taken` with a VU, at once or when one is given back; returns a function that ends that wait. First in, first out: VUs with low
   * numbers are used first.
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

  /** By number. Called after initialisation, which may end in any order. */
  sort(): void {
    this.#idle.sort((a, b) => a.vu.idInInstance - b.vu.idInInstance)
  }
}
