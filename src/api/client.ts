/**
 * A client of a test's control API, for the commands that use it.
 *
 * Not `fetch`: it refuses some ports, 6566 among them.
 *
 * Errors  ApiError ERR_API_UNREACHABLE, ERR_API_REFUSED with the reason of the test, ERR_API_ANSWER
 */
import { type IncomingMessage, request } from 'node:http'
import { connectOptions, parseAddress } from './address.js'
import type { StatusAttributes, StatusChange } from './controlled-run.js'
import { ApiError } from './errors.js'

/** A test whose main thread is stuck does not answer: the client gives up after this time, in ms. */
const PATIENCE = 10_000

export interface MetricAttributes {
  readonly type: string
  readonly contains: string
  readonly tainted: boolean | null
  readonly sample: Readonly<Record<string, number>>
}

export class ApiClient {
  readonly #address: string
  readonly #token: string | undefined

  /** The address as users write it: `localhost:6565`. */
  constructor(address: string, token?: string) {
    this.#address = address
    this.#token = token
  }

  async status(): Promise<StatusAttributes> {
    const { data } = await this.#ask<{ data: { attributes: StatusAttributes } }>('GET', '/v1/status')
    return data.attributes
  }

  async change(change: StatusChange): Promise<StatusAttributes> {
    const body = { data: { type: 'status', id: 'default', attributes: change } }
    const { data } = await this.#ask<{ data: { attributes: StatusAttributes } }>('PATCH', '/v1/status', body)
    return data.attributes
  }

  async metrics(): Promise<readonly { readonly id: string; readonly attributes: MetricAttributes }[]> {
    return (await this.#ask<{ data: { id: string; attributes: MetricAttributes }[] }>('GET', '/v1/metrics')).data
  }

  async #ask<T extends { data: unknown }>(method: string, path: string, body?: object): Promise<T> {
    const { status, text } = await this.#send(method, path, body === undefined ? '' : JSON.stringify(body))
    const document = this.#parse(text)
    const [problem] = document.errors ?? []
    if (problem !== undefined) throw ApiError.refused(`${problem.title}: ${problem.detail}`)
    if (status === 200 && document.data !== undefined) return document as T
    throw ApiError.badAnswer(this.#address, `status ${status}`)
  }

  #parse(text: string): { data?: unknown; errors?: readonly { title: string; detail: string }[] } {
    try {
      const document: unknown = JSON.parse(text)
      if (typeof document === 'object' && document !== null) return document
    } catch {
      // Reported below.
    }
    throw ApiError.badAnswer(this.#address, `its answer is ${JSON.stringify(text.slice(0, 40))}`)
  }

  #send(method: string, path: string, body: string): Promise<{ status: number; text: string }> {
    const { host, port } = connectOptions(parseAddress(this.#address))
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      ...(this.#token === undefined ? {} : { Authorization: `Bearer ${this.#token}` }),
    }
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => reject(ApiError.unreachable(this.#address, error))
      const sent = request({ host, port, method, path, headers, agent: false }, (response) => {
        readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), fail)
      })
      sent.on('error', fail)
      sent.setTimeout(PATIENCE, () => sent.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)))
      sent.end(body)
    })
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
