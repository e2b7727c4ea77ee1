/** A promise that `open` resolves. */
export class Gate<T = void> {
  readonly passed: Promise<T>
  #open!: (value: T) => void
  #isOpen = false

  constructor() {
    this.passed = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Only the first value counts. */
  open(value: T): void {
    this.#isOpen = true
    this.#open(value)
  }
}
