/**
 * When scenarios stood still: whoever takes a place later, a thread or a machine, must hear of it, or its clock would be ahead of the others'.
 *
 * Units  milliseconds since scenarios began
 */
/** A time in which scenarios that can be paused stood still. */
export interface Pause {
  readonly from: number
  readonly to: number
}

export class Pauses {
  readonly #past: Pause[]
  #from: number | undefined

  constructor(past: readonly Pause[] = []) {
    this.#past = [...past]
  }

  get isPaused(): boolean {
    return this.#from !== undefined
  }

  begin(at: number): void {
    this.#from ??= at
  }

  end(at: number): void {
    if (this.#from !== undefined) this.#past.push({ from: this.#from, to: at })
    this.#from = undefined
  }

  /** One that goes on ends at `now`. */
  until(now: number): readonly Pause[] {
    return this.#from === undefined ? this.#past : [...this.#past, { from: this.#from, to: now }]
  }
}
