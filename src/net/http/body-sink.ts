/** Where the body of a response goes. */

import { HttpError, HttpErrorCode } from './errors.js'
import type { ResponseHead } from './response-parser.js'

export interface BodySink {
  /** A response begins; what came before (of a connection that broke) does not count. */
  begin(head: ResponseHead): void
  /** `chunk` is borrowed. `isWhole`: it is the whole body. May throw an HttpError, which fails the exchange. */
  add(chunk: Buffer, isWhole: boolean): void
}

/** Bodies are received and dropped. */
export const NO_BODY_SINK: BodySink = { begin() {}, add() {} }

/** A body that is kept, as it comes or decoded, has at most so many bytes: one server must not fill the memory of a test. */
export const MOST_BODY_BYTES = 256 * 1024 * 1024

export class BodyCollector implements BodySink {
  #parts: Buffer[] = []
  #length = 0

  begin(): void {
    this.#parts = []
    this.#length = 0
  }

  add(chunk: Buffer, _isWhole: boolean): void {
    this.#length += chunk.length
    if (this.#length > MOST_BODY_BYTES) {
      this.begin()
      throw bodyTooLarge()
    }
    this.#parts.push(Buffer.from(chunk))
  }

  get length(): number {
    return this.#length
  }

  /** All that has arrived so far. */
  peek(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /** All that has arrived, which is kept no longer. */
  take(): Buffer {
    const parts = this.#parts
    this.#parts = []
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, this.#length)
  }
}

export function bodyTooLarge(): HttpError {
  const message = `response body exceeds ${MOST_BODY_BYTES} bytes`
  return new HttpError(
    HttpErrorCode.default,
    message,
    `${message}; use responseType 'none' when the content does not matter`,
    true,
  )
}
