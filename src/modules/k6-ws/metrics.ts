/**
 * The metrics of one session. Its tags are fixed when the handshake ends; series are resolved when first used.
 *
 * Source  docs/spec/sockets.md §2.9; docs/metrics.md for the metrics that k6 does not have
 */
import type { BuiltinMetrics } from '../../metrics/builtin.js'
import type { Series } from '../../metrics/series.js'
import type { TagSet } from '../../metrics/tag-set.js'
import type { HandshakeResponse } from '../../net/websocket/handshake.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

type WsMetric = Extract<keyof BuiltinMetrics, `ws_${string}`>

export class SessionMetrics {
  readonly #vu: VirtualUser
  #tags: TagSet
  #sent: Series | null = null
  #received: Series | null = null
  #dataSent: Series | null = null
  #dataReceived: Series | null = null

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

  addTagged(metric: WsMetric, value: number, tags: Readonly<Record<string, string>>): void {
    const { registry, builtins } = this.#vu.shard
    registry.series(builtins[metric], this.#tags.withAll(tags)).add(value)
  }

  /** Sessions open now in the whole instance, with the tags of the run alone. */
  countOpen(change: 1 | -1): void {
    const { instance, registry, builtins, runTags } = this.#vu.shard
    registry.series(builtins.ws_sockets_open, runTags).add(instance.webSocketsChanged(change))
  }

  /** Hot. A message was given to the connection, or would have been. */
  countSent(bytes: number): void {
    this.#sent ??= this.#series('ws_msgs_sent')
    this.#sent.add(1)
    this.#dataSent ??= this.#series('ws_data_sent')
    this.#dataSent.add(bytes)
  }

  /** Hot. A message was received; the recorder does not know yet whose it is. */
  countArrived(bytes: number): void {
    const { recorder } = this.#vu.shard
    if (recorder !== null) recorder.metadata = this.#vu.metadata
    this.#dataReceived ??= this.#series('ws_data_received')
    this.#dataReceived.add(bytes)
  }

  /** Hot. */
  countReceived(): void {
    this.#received ??= this.#series('ws_msgs_received')
    this.#received.add(1)
  }

  #series(metric: WsMetric): Series {
    return this.#vu.shard.registry.series(this.#vu.shard.builtins[metric], this.#tags)
  }
}
