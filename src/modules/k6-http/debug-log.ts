/**
 * What `--http-debug` logs: each request and response as it goes over the wire.
 *
 * Source  docs/spec/http.md §19
 */
import { randomUUID } from 'node:crypto'
import type { LogFields } from '../../log/record.js'
import type { BodyCollector } from '../../net/http/body-sink.js'
import { type OutgoingRequest, requestHead } from '../../net/http/request.js'
import type { ResponseHead } from '../../net/http/response-parser.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

/** Returns the id of the request, for the log line of its response. */
export function logRequest(vu: VirtualUser, request: OutgoingRequest): string {
  const id = randomUUID()
  const body =
    request.body === null || vu.shard.settings.http.debug !== 'full' ? '' : Buffer.from(request.body).toString('utf8')
  vu.shard.log.info(`Request:\n${requestHead(request)}${body}\n`, fieldsOf(vu, id))
  return id
}

export function logResponse(vu: VirtualUser, id: string, head: ResponseHead, body: BodyCollector | null): void {
  const shown = vu.shard.settings.http.debug === 'full' && body !== null ? body.peek().toString('utf8') : ''
  vu.shard.log.info(`Response:\n${Buffer.from(head.raw, 'latin1').toString('utf8')}${shown}\n`, fieldsOf(vu, id))
}

function fieldsOf(vu: VirtualUser, id: string): LogFields {
  return {
    source: 'http-debug',
    request_id: id,
    vu: vu.idInInstance,
    iter: Math.max(0, vu.iteration),
    group: vu.groupPath,
    ...(vu.scenario === null ? {} : { scenario: vu.scenario.info.name }),
  }
}
