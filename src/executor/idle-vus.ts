/** A queue of idle VUs: the one that has been idle longest works next, so that all of them do. */
import type { ScenarioVu } from './scenario-vu.js'

export class IdleVus {
  #vus: ScenarioVu[] = []
  #head = 0

  get size(): number {
    return this.#vus.length - this.#head
  }

  push(vu: ScenarioVu): void {
    this.#vus.push(vu)
  }

  take(): ScenarioVu | undefined {
    if (this.#head === this.#vus.length) return undefined
    const vu = this.#vus[this.#head++] as ScenarioVu
    // What has been taken is cut off once it is the larger part, so that this costs a constant time per VU.
    if (this.#head * 2 > this.#vus.length) {
      this.#vus = this.#vus.slice(this.#head)
      this.#head = 0
    }
    return vu
  }
}
