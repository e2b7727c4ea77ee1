/**
 * The metrics of one socket, with its tags. Series are resolved when first used and again only when the VU's tags have changed.
 *
 * Source  reference/sockets.md §1.13, §1.14
 */
import type { Series } from '../../metrics/series.js'
import type { TagSet } from '../../metrics/tag-set.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { builtinMetric } from '../module.js'
import type { ConnectTarget, TcpTags } from './arguments.js'

export const TCP_METRICS = [
  ['tcp_socket_resolving', 'trend', 'time'],
  ['tcp_socket_connecting', 'trend', 'time'],
  ['tcp_socket_duration', 'trend', 'time'],
  ['tcp_sockets', 'counter'],
  ['tcp_reads', 'counter'],
  ['tcp_writes', 'counter'],
  ['tcp_errors', 'counter'],
  ['tcp_timeouts', 'counter'],
  ['tcp_partial_writes', 'counter'],
] as const

export type TcpMetric = (typeof TCP_METRICS)[number][0]

export class SocketMetrics {
  readonly #vu: VirtualUser
  readonly #constructorTags: TcpTags
  #target: ConnectTarget | null = null
  #ip = ''
  #vuTags: TagSet | null = null
  #tags: TagSet | null = null
  #reads: Series | null = null
  #writes: Series | null = null

  constructor(vu: VirtualUser, constructorTags: TcpTags) {
    this.#vu = vu
    this.#constructorTags = constructorTags
  }

  /** From now on samples carry host, port and the tags of the connect call. */
  setTarget(target: ConnectTarget): void {
    this.#target = target
    this.#ip = ''
    this.#vuTags = null
  }

  setIp(ip: string): void {
    this.#ip = ip
    this.#vuTags = null
  }

  add(metric: TcpMetric, value: number): void {
    this.#refresh()
    this.#vu.shard.registry.series(builtinMetric(this.#vu, metric), this.#tags as TagSet).add(value)
  }

  addTagged(metric: TcpMetric, value: number, tags: TcpTags): void {
    this.#refresh()
    const all = (this.#tags as TagSet).withAll(tags)
    this.#vu.shard.registry.series(builtinMetric(this.#vu, metric), all).add(value)
  }

  /** Hot path: once per chunk. */
  countRead(): void {
    if (this.#vuTags !== this.#vu.tags) this.#refresh()
    ;(this.#reads ??= this.#series('tcp_reads')).add(1)
  }

  /** Hot path: once per write without tags of its own. */
  countWrite(): void {
    if (this.#vuTags !== this.#vu.tags) this.#refresh()
    ;(this.#writes ??= this.#series('tcp_writes')).add(1)
  }

  #series(metric: TcpMetric): Series {
    return this.#vu.shard.registry.series(builtinMetric(this.#vu, metric), this.#tags as TagSet)
  }

  #refresh(): void {
    const vuTags = this.#vu.tags
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
