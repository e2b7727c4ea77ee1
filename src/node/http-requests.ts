/**
 * Measures the requests of `node:http`, `node:https` and `node:http2` with the metrics of `k6/http`. Node announces them on its diagnostics channels, so
 * clients that packages bring are measured, too. A request begins when its last byte was given to the socket, and ends with the response.
 *
 *   start ── the connection is there, if it is a new one ── headers of the response ── its end
 *            connecting                                     waiting                    receiving
 */
import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { TagSet } from '../metrics/tag-set.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import { currentVu } from './current.js'
import { EDGE, type EdgedSocket } from './edge.js'

export interface MeasuredRequest {
  readonly method: string
  readonly url: string
  /** The status of the response; 0 when none came. */
  readonly status: number
  readonly proto: string
  readonly error: string
  readonly ip: string
  /** The tags that the VU had when the request began. */
  readonly tags: TagSet
  /** Milliseconds; 0 when the connection was open before. */
  readonly connecting: number
  readonly waiting: number
  readonly receiving: number
}

export type Measure = (vu: VirtualUser, request: MeasuredRequest) => void

interface Started {
  readonly vu: VirtualUser
  readonly tags: TagSet
  /** The time at which its last byte was sent; before that, the time at which it was made. */
  sentAt: number
  respondedAt: number
}

let measure: Measure | null = null
const started = new WeakMap<ClientRequest, Started>()

/** From now on all requests of this thread are measured. */
export function measureRequests(by: Measure): void {
  if (measure === null) {
    subscribe('http.client.request.start', (message) => sent((message as { request: ClientRequest }).request))
    subscribe('http.client.response.finish', (message) => respond((message as { request: ClientRequest }).request))
  }
  measure = by
}

/** Measures a request of `node:http2`, which http2-requests.ts follows. */
export function requestEnded(vu: VirtualUser, request: MeasuredRequest): void {
  measure?.(vu, request)
}

/** Follows a new request of the running VU until its end. */
export function requestMade<R extends ClientRequest>(request: R): R {
  const vu = currentVu()
  started.set(request, { vu, tags: vu.tags, sentAt: vu.shard.clock.now(), respondedAt: 0 })
  request.once('close', () => end(request))
  return request
}

function sent(request: ClientRequest): void {
  const state = started.get(request)
  if (state !== undefined) state.sentAt = state.vu.shard.clock.now()
}

function respond(request: ClientRequest): void {
  const state = started.get(request)
  if (state !== undefined) state.respondedAt = state.vu.shard.clock.now()
}

function urlOf(request: ClientRequest): string {
  // A request to a proxy names the whole URL.
  if (/^https?:/.test(request.path)) return request.path
  return `${request.protocol}//${request.getHeader('host') ?? request.host}${request.path}`
}

function end(request: ClientRequest): void {
  const { vu, tags, sentAt, respondedAt } = started.get(request) as Started
  const response = (request as ClientRequest & { res?: IncomingMessage | null }).res ?? undefined
  // An upgrade has no end of a response: a WebSocket follows, for example.
  if (response?.statusCode === 101) return
  const now = vu.shard.clock.now()
  const socket = request.socket as EdgedSocket | null
  const metrics = socket?.[EDGE]?.metrics
  const connecting = request.reusedSocket ? 0 : (metrics?.connectMs ?? 0)
  const last = respondedAt === 0 ? now : respondedAt
  measure?.(vu, {
    method: request.method,
    url: urlOf(request),
    status: response?.statusCode ?? 0,
    proto: response === undefined ? '' : `HTTP/${response.httpVersion}`,
    error: response === undefined ? (request.errored?.message ?? 'no response') : '',
    ip: metrics?.ip ?? '',
    tags,
    connecting,
    waiting: Math.max(0, last - sentAt - connecting),
    receiving: now - last,
  })
}
