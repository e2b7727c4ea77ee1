/**
 * The metrics of one socket, with its tags. Its series are looked up when they are first used, and again only when the VU's tags have changed.
 *
 * Source  docs/spec/sockets.md §1.13, §1.14
 */
import type { Series } from '../../metrics/series.js'
import type { TagSet } from '../../metrics/tag-set.js'
import { NET_METRICS } from '../../node/socket-metrics.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { moduleMetric } from '../module.js'
import { type ConnectTarget, NO_TAGS, type TcpTags } from './arguments.js'

export const TCP_METRICS = [...NET_METRICS, ['tcp_partial_writes', 'counter']] as const

export type TcpMetric = (typeof TCP_METRICS)[number][0]

export class TcpSocketMetrics {
  readonly #vu: VirtualUser
  readonly #constructorTags: TcpTags
  #target: ConnectTarget | null = null
  #ip = ''
  #vuTags: TagSet | null = null
  /** The tag set that was made from `#vuTags`. */
  #tags: TagSet
  #reads: Series | null = null
  #writes: Series | null = null

  constructor(vu: VirtualUser, constructorTags: TcpTags) {
    this.#vu = vu
    this.#constructorTags = constructorTags
    this.#tags = vu.tags
  }

  /** Called with each connect(): from then on samples have host, port and tags of that call. */
  setTarget(target: ConnectTarget): void {
    this.#target = target
    this.#ip = ''
    this.#vuTags = null
  }

  setIp(ip: string): void {
    this.#ip = ip
    this.#vuTags = null
  }

  /** `tags`: those of one operation, which replace others of the same name. `vuTags`: the VU's tags when an operation that takes time began. */
  add(metric: TcpMetric, value: number, tags: TcpTags = NO_TAGS, vuTags = this.#vu.tags): void {
    this.#refresh(vuTags)
    this.#series(metric, tags === NO_TAGS ? this.#tags : this.#tags.withAll(tags)).add(value)
  }

  /** Hot path: once per chunk. */
  countRead(): void {
    this.#refresh(this.#vu.tags)
    this.#reads ??= this.#series('tcp_reads', this.#tags)
    this.#reads.add(1)
  }

  /** Hot path: once per write. */
  countWrite(tags: TcpTags): void {
    if (tags !== NO_TAGS) {
      this.add('tcp_writes', 1, tags)
      return
    }
    this.#refresh(this.#vu.tags)
    this.#writes ??= this.#series('tcp_writes', this.#tags)
    this.#writes.add(1)
  }

  #series(metric: TcpMetric, tags: TagSet): Series {
    return this.#vu.shard.registry.series(moduleMetric(this.#vu, metric), tags)
  }

  #refresh(vuTags: TagSet): void {
    if (this.#vuTags === vuTags) return
    let tags = vuTags.with('proto', 'TCP').withAll(this.#constructorTags)
    const target = this.#target
    if (target !== null) {
      tags = tags.withAll(target.tags).with('host', target.host).with('port', String(target.port))
      if (this.#ip !== '') tags = tags.with('ip', this.#ip)
    }
    this.#tags = tags
    this.#vuTags = vuTags
    this.#reads = null
    this.#writes = null
  }
}
