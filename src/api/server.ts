/**
 * The server of the control API. It speaks plain HTTP, so it listens only where the user says. access.ts has the rule of who may use it.
 *
 * Errors  ApiError ERR_API_LISTEN when the address cannot be had; an answer that fails is 500 and logged
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from '../log/log.js'
import { type AccessRule, accessRule } from './access.js'
import { type ApiAddress, formatAddress, listenOptions } from './address.js'
import { ControlError, type ControlledRun } from './controlled-run.js'
import { ApiError } from './errors.js'
import { readBody } from './read-body.js'
import { type ApiAnswer, answer, refusal } from './routes.js'

/** Answers under way get this long when the server stops, in ms. */
const CLOSE_GRACE = 1000
export interface ApiServer {
  readonly address: ApiAddress
  /** May be called twice. */
  close(): Promise<void>
}

export async function startApiServer(
  address: ApiAddress,
  run: ControlledRun,
  log: Log,
  token?: string,
): Promise<ApiServer> {
  const assertAllowed = accessRule(address, token)
  const server = createServer((request, response) => void serve({ run, assertAllowed, log }, request, response))
  await listen(server, address)
  const { port } = server.address() as AddressInfo
  let closing: Promise<void> | undefined
  return {
    address: { host: address.host, port },
    close: () => {
      closing ??= close(server)
      return closing
    },
  }
}

function listen(server: Server, address: ApiAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(ApiError.cannotListen(formatAddress(address), error)))
    server.listen(listenOptions(address), resolve)
  })
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE)
  await closed
  clearTimeout(timer)
}

interface Service {
  readonly run: ControlledRun
  readonly assertAllowed: AccessRule
  readonly log: Log
}

async function serve(
  { run, assertAllowed, log }: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const method = request.method ?? 'GET'
    assertAllowed(request.headers)
    const path = (request.url ?? '/').split('?', 1)[0] as string
    send(response, await answer(run, { method, path, body: () => readBody(request) }))
  } catch (error) {
    if (error instanceof ControlError) return send(response, refusal(error))
    // The client went away in the middle of its body.
    if (!request.complete) return void response.destroy()
    log.error('the control API could not answer', { error: (error as Error).message })
    send(response, refusal(new ControlError(500, 'Internal error', (error as Error).message)))
  }
}

function send(response: ServerResponse, { status, type, body = '' }: ApiAnswer): void {
  if (response.destroyed) return
  response.statusCode = status
  if (type !== undefined) response.setHeader('Content-Type', type)
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}
