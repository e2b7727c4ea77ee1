/** The wait of `--linger`: from the end of the test until Ctrl+C, or until the control API is told to stop. */
export class Linger {
  #end: (() => void) | null = null

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** False when nobody waits. */
  end(): boolean {
    if (this.#end === null) return false
    this.#end()
    this.#end = null
    return true
  }
}
