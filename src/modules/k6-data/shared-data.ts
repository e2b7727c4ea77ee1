/**
 * The elements of one SharedArray, as JSON in memory that all threads of the process share.
 *
 * Shape   32-bit count, then count + 1 32-bit ends (the first is 0), then the texts in UTF-8:
 *             3 | 0 5 5 12 | {"a":1 … } …        an element without a text is undefined
 * Errors  HostError `only arrays can be made into SharedArray`, or when the texts are more than 4 GiB
 */
import { deepFreeze } from '../../base/nested-data.js'
import { HostError } from '../../vu/host-error.js'

const LARGEST = 2 ** 32 - 1

export class SharedData {
  readonly buffer: SharedArrayBuffer
  readonly length: number
  readonly #ends: Uint32Array
  readonly #texts: Buffer

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.length = new Uint32Array(buffer, 0, 1)[0] as number
    this.#ends = new Uint32Array(buffer, 4, this.length + 1)
    this.#texts = Buffer.from(buffer, 4 + this.#ends.byteLength)
  }

  static of(elements: unknown): SharedData {
    if (!Array.isArray(elements)) throw new HostError('only arrays can be made into SharedArray')
    // Array.from and not `map`, which leaves holes out.
    const texts = Array.from(elements, (element) => JSON.stringify(element) ?? '')
    const sizes = texts.map((text) => Buffer.byteLength(text))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    if (total > LARGEST) throw new HostError(`a SharedArray may hold 4 GiB of JSON, not ${total} bytes`)
    const head = 4 * (texts.length + 2)
    const buffer = new SharedArrayBuffer(head + total)
    const numbers = new Uint32Array(buffer, 0, texts.length + 2)
    const bytes = Buffer.from(buffer, head)
    numbers[0] = texts.length
    let end = 0
    texts.forEach((text, i) => {
      end += bytes.write(text, end)
      numbers[i + 2] = end
    })
    return new SharedData(buffer)
  }

  /** A new copy of element `index`, frozen with everything in it. */
  read(index: number): unknown {
    const [start, end] = [this.#ends[index] as number, this.#ends[index + 1] as number]
    return start === end ? undefined : deepFreeze(JSON.parse(this.#texts.toString('utf8', start, end)))
  }
}
