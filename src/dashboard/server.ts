/**
 * Serves the page of a running test, and sends events to it.
 *
 *   GET   /             the page (also /ui/)
 *   GET   /events       server-sent events whose data is a PageData: `whole` first, in parts, then an `update` each period; `stop` at the end
 *   GET   /report       the report of the moment, as a file
 *   PATCH /v1/status    changes the run (control-desk.ts)
 *
 * Errors  400, 401, 403, 404, 405, 413 and 503 (too many pages) as text. A page that reads too slowly is cut off, and connects again. Nothing
 *         here holds up a run, or ends it
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { accessRule } from '../api/access.js'
import { ControlError } from '../api/controlled-run.js'
import { joinHostPort, reachableHost } from '../net/address.js'
import { htmlReport, livePage } from '../report/html-page.js'
import type { PageData } from '../report/page-data.js'
import type { ControlDesk } from './control-desk.js'

/** A page for which more bytes than this wait is cut off. */
const MOST_WAITING = 16 * 1024 * 1024
/** Bounds the memory of all pages together: each may have that much waiting. */
const MOST_CLIENTS = 64
/** How long the last event may take to leave, in ms. */
const CLOSE_GRACE = 500

export interface DashboardAddress {
  readonly host: string
  readonly port: number
  readonly token: string | undefined
}

/** What the server sends to pages: the result so far, and its changes. */
export interface PageSource {
  /** Everything so far; nothing before the first results. */
  parts(): AsyncIterable<PageData>
  /** Undefined before the first results. */
  report(): Promise<PageData | undefined>
}

export class DashboardServer {
  readonly #server: Server
  readonly #address: DashboardAddress
  readonly #source: PageSource
  readonly #desk: ControlDesk
  #nextId = 0
  readonly #clients = new Set<ServerResponse>()
  readonly #assertAllowed: (request: IncomingMessage, url: URL) => void

  constructor(address: DashboardAddress, source: PageSource, desk: ControlDesk) {
    const { host, port, token } = address
    const assertHeaders = accessRule({ host, port }, token)
    this.#address = address
    this.#source = source
    this.#desk = desk
    // A browser sends no headers of ours when it opens a page or its events: the token is in the address.
    this.#assertAllowed = ({ headers }, url) =>
      assertHeaders(token === undefined ? headers : { authorization: `Bearer ${url.searchParams.get('token')}` })
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  listen(): Promise<void> {
    const { host, port } = this.#address
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port }, () => resolve())
    })
  }

  /** The address of the page, for the user to open. */
  get url(): string {
    const { host, token } = this.#address
    const { port } = this.#server.address() as AddressInfo
    const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`
    return `http://${joinHostPort(reachableHost(host), port)}/${query}`
  }

  get hasClients(): boolean {
    return this.#clients.size > 0
  }

  /** Sends an update to every open page. */
  send(update: PageData): void {
    const text = eventText(this.#nextId++, 'update', update)
    for (const client of this.#clients) sendTo(client, text)
  }

  /** Pages that are open keep what they have. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    // The long time for `retry` is for a page that is cut off after this event: there is nothing to connect to any more.
    for (const client of this.#clients) client.end(`id: ${this.#nextId}\nevent: stop\nretry: 86400000\ndata: {}\n\n`)
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => this.#server.closeAllConnections(), CLOSE_GRACE)
    await closed
    clearTimeout(timer)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Cache-Control', 'no-store')
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('Referrer-Policy', 'no-referrer')
    response.setHeader('X-Frame-Options', 'DENY')
    try {
      const url = addressOf(request)
      this.#assertAllowed(request, url)
      if (request.method === 'PATCH' && url.pathname === '/v1/status') {
        const body = await this.#desk.change(request)
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(body)
        return
      }
      if (request.method !== 'GET') throw new ControlError(405, 'Not allowed', 'only GET is answered here')
      await this.#answer(url.pathname, response)
    } catch (error) {
      const [status, text] = error instanceof ControlError ? [error.status, error.message] : [500, String(error)]
      if (!response.headersSent) response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' })
      response.end(`${text}\n`)
    }
  }

  async #answer(path: string, response: ServerResponse): Promise<void> {
    switch (path) {
      case '/':
      case '/ui':
      case '/ui/':
        return sendHtml(response, livePage())
      case '/events':
        return this.#follow(response)
      case '/report': {
        const data = await this.#source.report()
        if (data === undefined) throw new ControlError(404, 'Not found', 'nothing has been measured so far')
        return sendHtml(response, await htmlReport(data))
      }
      default:
        throw new ControlError(
          404,
          'Not found',
          'there is nothing here: the page is /, the report of the moment /report',
        )
    }
  }

  async #follow(response: ServerResponse): Promise<void> {
    if (this.#clients.size >= MOST_CLIENTS) {
      throw new ControlError(503, 'Busy', `${MOST_CLIENTS} pages are open; close one of them`)
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.flushHeaders()
    this.#clients.add(response)
    response.on('close', () => this.#clients.delete(response))
    response.on('error', () => this.#clients.delete(response))
    try {
      for await (const part of this.#source.parts()) {
        // No faster than the page reads. When the run ends meanwhile, the page keeps what it has.
        if (response.writableNeedDrain) await Promise.race([once(response, 'drain'), once(response, 'close')])
        if (response.writableEnded || response.destroyed) return
        response.write(eventText(this.#nextId++, 'whole', part))
      }
    } catch {
      response.destroy()
    }
  }
}

/** A request may ask for something that is no path, such as `//[`. */
function addressOf({ url = '/' }: IncomingMessage): URL {
  const base = 'http://dashboard'
  if (!URL.canParse(url, base)) throw new ControlError(400, 'Bad request', 'what was asked for is no path')
  return new URL(url, base)
}

function sendHtml(response: ServerResponse, html: string): void {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
  response.end(html)
}

function sendTo(client: ServerResponse, text: string): void {
  if (client.writableLength > MOST_WAITING) client.destroy()
  else client.write(text)
}

function eventText(id: number, event: string, data: PageData): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
