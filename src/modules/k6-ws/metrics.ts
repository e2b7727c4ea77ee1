/**
 * The metrics of one session. Its tags are fixed when the handshake ends; series are resolved when first used.
 *
 * Source  docs/spec/sockets.md §2.9
 */
import type { Series } from '../../metrics/series.js'
import type { TagSet } from '../../metrics/tag-set.js'
import type { HandshakeResponse } from '../../net/websocket/handshake.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { builtinMetric } from '../module.js'

export const WS_METRICS = [
  ['ws_sessions', 'counter'],
  ['ws_connecting', 'trend', 'time'],
  ['ws_session_duration', 'trend', 'time'],
  ['ws_msgs_sent', 'counter'],
  ['ws_msgs_received', 'counter'],
  ['ws_ping', 'trend', 'time'],
] as const

type WsMetric = (typeof WS_METRICS)[number][0]

export class SessionMetrics {
  readonly #vu: VirtualUser
  #tags: TagSet
  #sent: Series | null = null
  #received: Series | null = null

  constructor(vu: VirtualUser, url: string, tags: Readonly<Record<string, string>>) {
    const { systemTags } = vu.shard.settings
    this.#vu = vu
    this.#tags = vu.tags.withAll(tags)
    if (systemTags.has('url')) this.#tags = this.#tags.with('url', url)
  }

  /** The handshake is over; `response` if there was an answer in HTTP. */
  fixTags(ip: string, response: HandshakeResponse | null): void {
    const { systemTags } = this.#vu.shard.settings
    let tags = this.#tags
    if (ip !== '' && systemTags.has('ip')) tags = tags.with('ip', ip)
    if (response !== null && systemTags.has('status')) tags = tags.with('status', String(response.status))
    if (response !== null && systemTags.has('subproto')) tags = tags.with('subproto', response.protocol)
    this.#tags = tags
  }

  add(metric: WsMetric, value: number): void {
    this.#series(metric).add(value)
  }

  /** Hot. */
  countSent(): void {
    this.#sent ??= this.#series('ws_msgs_sent')
    this.#sent.add(1)
  }

  /** Hot. */
  countReceived(): void {
    this.#received ??= this.#series('ws_msgs_received')
    this.#received.add(1)
  }

  #series(metric: WsMetric): Series {
    return this.#vu.shard.registry.series(builtinMetric(this.#vu, metric), this.#tags)
  }
}
