/**
 * The error of `k6/x/tcp`: a real Error that carries the fields scripts know, `name`, `method`, `message`, and `error()`.
 *
 * Source  docs/spec/sockets.md §1.6, §1.11
 */
export type TcpMethod = 'connect' | 'write' | 'read'

export class TCPError extends Error {
  /** As scripts see it, whatever the build calls the class. */
  static override readonly name = 'TCPError'

  declare readonly method: TcpMethod
  /** Failures of the transport show their bare text, the others name the method. */
  readonly #text: string

  private constructor(method: TcpMethod, message: string, text: string) {
    super()
    // Own, enumerable and in this order: JSON.stringify(error) shows exactly these three.
    Object.defineProperty(this, 'name', { value: 'TCPError', enumerable: true, writable: true, configurable: true })
    this.method = method
    Object.defineProperty(this, 'message', { value: message, enumerable: true, writable: true, configurable: true })
    // Once more, now that its first line can show name and message.
    Error.captureStackTrace(this, TCPError)
    this.#text = text
  }

  static during(method: TcpMethod, message: string): TCPError {
    return new TCPError(method, message, `TCP error during ${method}: ${message}`)
  }

  /** A write that the transport refused. */
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
