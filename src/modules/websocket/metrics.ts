/**
 * The metrics of one WebSocket, of `k6/ws` and of `k6/websockets`. Its tags are those of the VU when it was made and of its handshake; they do not
 * change after that, so all sockets with the same tags share their series.
 *
 * Units   milliseconds, bytes of payload
 * Source  docs/spec/sockets.md §2.9, §3.9; docs/metrics.md for the metrics that k6 does not have
 */

import type { BuiltinMetrics } from '../../metrics/builtin.js'
import type { Series } from '../../metrics/series.js'
import type { TagSet } from '../../metrics/tag-set.js'
import type { HandshakeResponse } from '../../net/websocket/handshake.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

/** The series that every message adds to. */
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

/** A tag set belongs to one shard and one run, and so do its series. */
const seriesOf = new WeakMap<TagSet, MessageSeries>()

type WebSocketMetric = Extract<keyof BuiltinMetrics, `ws_${string}`>

export class WebSocketMetrics {
  readonly #vu: VirtualUser
  #tags: TagSet
  #series: MessageSeries | null = null
  /** True when the run has failed or was interrupted: what happens after that is not measured. */
  isSilent = false

  constructor(vu: VirtualUser, tags: Readonly<Record<string, string>>) {
    this.#vu = vu
    this.#tags = vu.tags.withAll(tags)
  }

  /** Adds the tags of the handshake, whether it succeeded or not. `response`: the server's answer, when it answered in HTTP. */
  setHandshake(ip: string, response: HandshakeResponse | null): void {
    const { systemTags } = this.#vu.shard.settings
    let tags = this.#tags
    if (ip !== '' && systemTags.has('ip')) tags = tags.with('ip', ip)
    if (response !== null && systemTags.has('status')) tags = tags.with('status', String(response.status))
    if (response !== null && systemTags.has('subproto')) tags = tags.with('subproto', response.protocol)
    this.#tags = tags
  }

  /** `k6/ws`: the tag `url`. */
  setUrl(url: string): void {
    if (this.#vu.shard.settings.systemTags.has('url')) this.#tags = this.#tags.with('url', url)
  }

  /** `k6/websockets`: the tags `name` and `url`; a tag `name` of the script's own stands for both. */
  setNameAndUrl(url: string): void {
    const name = this.#tags.get('name') ?? url
    if (this.#vu.shard.settings.systemTags.has('name')) this.#tags = this.#tags.with('name', name)
    this.setUrl(name)
  }

  add(metric: WebSocketMetric, value: number): void {
    if (!this.isSilent) this.#record(metric, value, this.#tags)
  }

  addTagged(metric: WebSocketMetric, value: number, tags: Readonly<Record<string, string>>): void {
    if (!this.isSilent) this.#record(metric, value, this.#tags.withAll(tags))
  }

  #record(metric: WebSocketMetric, value: number, tags: TagSet): void {
    const { registry, builtins, recorder } = this.#vu.shard
    // The recorder knows the metadata of the VU only while a task of the VU runs.
    if (recorder !== null) recorder.metadata = this.#vu.metadata
    registry.series(builtins[metric], tags).add(value)
  }

  /** How many sockets are open in the whole instance, with the tags of the run alone. */
  countOpen(change: 1 | -1): void {
    const { instance, registry, builtins, runTags } = this.#vu.shard
    registry.series(builtins.ws_sockets_open, runTags).add(instance.webSocketsChanged(change))
  }

  /** Hot. A message was given to the connection. */
  countSent(bytes: number): void {
    if (this.isSilent) return
    const series = this.#series ?? this.#resolve()
    series.sent.add(1)
    series.dataSent.add(bytes)
  }

  /** A ping or a close frame was given to the connection. */
  countControlSent(): void {
    this.add('ws_msgs_sent', 1)
  }

  /** Hot. A message has arrived; the task that delivers it follows, so the recorder does not know the VU's metadata yet. */
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
