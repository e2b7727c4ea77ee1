/**
 * The error of `k6/x/tcp`: an Error with the fields that k6 has, `name`, `method` and `message`, and the method `error()`.
 *
 * Source  docs/spec/sockets.md §1.6, §1.11
 */
export type TcpMethod = 'connect' | 'write' | 'read'

export class TCPError extends Error {
  /** Set here, because the build may rename the class. */
  static override readonly name = 'TCPError'

  declare readonly method: TcpMethod
  /** What `error()` and `toString()` give. */
  readonly #text: string

  private constructor(method: TcpMethod, message: string, text: string) {
    super()
    // Own, enumerable and in this order: JSON.stringify(error) shows exactly these three.
    Object.defineProperty(this, 'name', { value: 'TCPError', enumerable: true, writable: true, configurable: true })
    this.method = method
    Object.defineProperty(this, 'message', { value: message, enumerable: true, writable: true, configurable: true })
    // Taken again: only now the first line of the stack shows name and message.
    Error.captureStackTrace(this, TCPError)
    this.#text = text
  }

  static during(method: TcpMethod, message: string): TCPError {
    return new TCPError(method, message, `TCP error during ${method}: ${message}`)
  }

  /** A write that failed on the connection. Its text does not name the method. */
  static ofTransport(message: string): TCPError {
    return new TCPError('write', message, message)
  }

  error(): string {
    return this.#text
  }

  override toString(): string {
    return this.#text
  }
}
