/** A client for protocols that talk in lines: one line out, one line back, in order, as many under way as you like. */
import { Socket } from 'k6/x/tcp'

interface Waiting {
  resolve(line: string): void
  reject(error: Error): void
}

export class LineClient {
  readonly #socket = new Socket()
  readonly #waiting: Waiting[] = []
  readonly #decoder = new TextDecoder()
  #partial = ''

  constructor() {
    this.#socket.on('data', (data) => this.#receive(this.#decoder.decode(data, { stream: true })))
    this.#socket.on('close', () => this.#failAll(new Error('the connection was closed')))
  }

  connect(port: number | string, host: string): Promise<void> {
    return this.#socket.connect(port, host)
  }

  /** Sends a line and resolves with the line that answers it. */
  request(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#socket.write(`${line}\r\n`).catch(reject)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(text: string): void {
    const lines = (this.#partial + text).split('\r\n')
    this.#partial = lines.pop() ?? ''
    for (const line of lines) this.#waiting.shift()?.resolve(line)
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
