/**
 * What a WebSocket measures. Its tags are those of the VU when it was made and of its handshake; they do not change any more, so
 * the series are resolved once, and shared by all sockets with the same tags.
 *
 * Source  docs/spec/sockets.md §3.9; docs/metrics.md for the metrics that k6 does not have
 */

import type { BuiltinMetrics } from '../../metrics/builtin.js'
import type { Series } from '../../metrics/series.js'
import type { TagSet } from '../../metrics/tag-set.js'
import type { HandshakeResponse } from '../../net/websocket/handshake.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

/** Series that are touched with every message. */
class MessageSeries {
  readonly sent: Series
  readonly received: Series
  readonly dataSent: Series
  readonly dataReceived: Series

  constructor(vu: VirtualUser, tags: TagSet) {
    const { registry, builtins } = vu.shard
    this.sent = registry.series(builtins.ws_msgs_sent, tags)
    this.received = registry.series(builtins.ws_msgs_received, tags)
    this.dataSent = registry.series(builtins.ws_data_sent, tags)
    this.dataReceived = registry.series(builtins.ws_data_received, tags)
  }
}

/** Tag sets belong to one shard and one run, and so do their series. */
const seriesOf = new WeakMap<TagSet, MessageSeries>()

type WebSocketMetric = Extract<keyof BuiltinMetrics, `ws_${string}`>

export class SocketMetrics {
  readonly #vu: VirtualUser
  #tags: TagSet
  #series: MessageSeries | null = null
  /** The run has failed or was interrupted: what happens now is not measured. */
  isSilent = false

  constructor(vu: VirtualUser, tags: Readonly<Record<string, string>>) {
    this.#vu = vu
    this.#tags = vu.tags.withAll(tags)
  }

  /** The tags of the handshake, whether it succeeded or not. */
  setHandshake(url: string, ip: string, response: HandshakeResponse | null): void {
    const { systemTags } = this.#vu.shard.settings
    const userName = this.#tags.get('name')
    let tags = this.#tags
    if (ip !== '' && systemTags.has('ip')) tags = tags.with('ip', ip)
    if (response !== null) {
      if (systemTags.has('status')) tags = tags.with('status', String(response.status))
      if (systemTags.has('subproto')) tags = tags.with('subproto', response.protocol)
    }
    if (systemTags.has('name')) tags = tags.with('name', userName ?? url)
    if (systemTags.has('url')) tags = tags.with('url', userName ?? url)
    this.#tags = tags
  }

  add(metric: WebSocketMetric, value: number): void {
    if (!this.isSilent) this.#record(metric, value, this.#tags)
  }

  addTagged(metric: WebSocketMetric, value: number, tags: Readonly<Record<string, string>>): void {
    if (!this.isSilent) this.#record(metric, value, this.#tags.withAll(tags))
  }

  #record(metric: WebSocketMetric, value: number, tags: TagSet): void {
    const { registry, builtins, recorder } = this.#vu.shard
    // Not only in tasks of the VU.
    if (recorder !== null) recorder.metadata = this.#vu.metadata
    registry.series(builtins[metric], tags).add(value)
  }

  /** Sockets open now in the whole instance, with the tags of the run alone. */
  countOpen(change: 1 | -1): void {
    const { instance, registry, builtins, runTags } = this.#vu.shard
    const open = instance.webSocketsChanged(change)
    registry.series(builtins.ws_sockets_open, runTags).add(open)
  }

  /** Hot. A message was given to the connection. */
  countSent(bytes: number): void {
    if (this.isSilent) return
    const series = this.#series ?? this.#resolve()
    series.sent.add(1)
    series.dataSent.add(bytes)
  }

  /** A ping or a close frame was. */
  countControlSent(): void {
    this.add('ws_msgs_sent', 1)
  }

  /** Hot. A message was received from the connection; its task follows, so the recorder does not know yet whose it is. */
  countArrived(bytes: number): void {
    if (this.isSilent) return
    const { recorder } = this.#vu.shard
    if (recorder !== null) recorder.metadata = this.#vu.metadata
    const series = this.#series ?? this.#resolve()
    series.dataReceived.add(bytes)
  }

  /** Hot. A message is delivered to the script. */
  countReceived(): void {
    if (this.isSilent) return
    const series = this.#series ?? this.#resolve()
    series.received.add(1)
  }

  #resolve(): MessageSeries {
    let series = seriesOf.get(this.#tags)
    if (series === undefined) {
      series = new MessageSeries(this.#vu, this.#tags)
      seriesOf.set(this.#tags, series)
    }
    this.#series = series
    return series
  }
}
