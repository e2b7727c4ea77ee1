/**
 * Measures the requests of `node:http2` with the metrics of `k6/http`. A request begins when its last byte was given to the session, and ends with its
 * stream.
 *
 *   start ── the connection is there, if it is a new one ── headers of the response ── its end
 *            connecting                                     waiting                    receiving
 */
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import type { VirtualUser } from '../vu/virtual-user.js'
import { requestEnded } from './http-requests.js'
import type { NodeSocketMetrics } from './socket-metrics.js'

/** `isFirst`: the connection was not open yet when the request was made. */
export function requestSent(
  stream: ClientHttp2Stream,
  vu: VirtualUser,
  connection: NodeSocketMetrics | undefined,
  isFirst: boolean,
): void {
  const { clock } = vu.shard
  const { tags } = vu
  let sentAt = clock.now()
  let respondedAt = 0
  let status = 0
  stream.once('finish', () => {
    sentAt = clock.now()
  })
  stream.prependOnceListener('response', (headers: IncomingHttpHeaders) => {
    respondedAt = clock.now()
    status = Number(headers[':status'])
  })
  stream.prependOnceListener('close', () => {
    const now = clock.now()
    const connecting = isFirst ? (connection?.connectMs ?? 0) : 0
    const last = respondedAt === 0 ? now : respondedAt
    // The server may have answered before the whole body was sent.
    const begin = Math.min(sentAt, last)
    const { sentHeaders, errored } = stream
    requestEnded(vu, {
      method: String(sentHeaders[':method']),
      url: `${sentHeaders[':scheme']}://${sentHeaders[':authority']}${sentHeaders[':path']}`,
      status,
      proto: status === 0 ? '' : 'HTTP/2.0',
      error: status === 0 ? (errored?.message ?? 'no response') : '',
      ip: connection?.ip ?? '',
      tags,
      connecting,
      waiting: Math.max(0, last - begin - connecting),
      receiving: now - last,
    })
  })
}
