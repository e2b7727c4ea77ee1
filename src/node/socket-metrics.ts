/**
 * The metrics of one `net.Socket`. They are those of `k6/x/tcp`, so a threshold holds for scripts with either module.
 *
 * Tags    those of the VU, `proto`, `host` and `port` as the script gives them, `ip`
 * Units   milliseconds
 */
import type { MetricDefinition } from '../metrics/metric.js'
import type { Series } from '../metrics/series.js'
import type { TagSet } from '../metrics/tag-set.js'
import type { VirtualUser } from '../vu/virtual-user.js'

export const NET_METRICS = [
  ['tcp_socket_resolving', 'trend', 'time'],
  ['tcp_socket_connecting', 'trend', 'time'],
  ['tcp_socket_duration', 'trend', 'time'],
  ['tcp_sockets', 'counter'],
  ['tcp_reads', 'counter'],
  ['tcp_writes', 'counter'],
  ['tcp_errors', 'counter'],
  ['tcp_timeouts', 'counter'],
] as const

type NetMetric = (typeof NET_METRICS)[number][0]

export class NodeSocketMetrics {
  vu: VirtualUser
  /** The host as the script gives it. */
  #host = ''
  #port = ''
  ip = ''
  /** The time that the last connection took to open, with DNS and TLS. */
  connectMs = 0
  #phase: 'idle' | 'resolving' | 'connecting' | 'open' = 'idle'
  #since = 0
  /** True when TLS begins with the connection: then the handshake is part of connecting. */
  #waitsForTls = false
  #vuTags: TagSet | null = null
  /** The tag set that was made from `#vuTags`. */
  #tags: TagSet
  #reads: Series | null = null
  #writes: Series | null = null

  constructor(vu: VirtualUser) {
    this.vu = vu
    this.#tags = vu.tags
  }

  begin(host: string, port: string): void {
    this.#host = host
    this.#port = port
    this.ip = ''
    this.#vuTags = null
    this.#phase = 'resolving'
    this.#since = this.vu.shard.clock.now()
  }

  waitForTls(): void {
    this.#waitsForTls = true
  }

  resolved(ip: string): void {
    if (this.#phase !== 'resolving') return
    this.connectMs = this.#lap()
    this.#add('tcp_socket_resolving', this.connectMs)
    this.#phase = 'connecting'
    this.ip = ip
    this.#vuTags = null
  }

  connected(): void {
    if (!this.#waitsForTls) this.secured()
  }

  secured(): void {
    if (this.#phase !== 'connecting') return
    const connecting = this.#lap()
    this.connectMs += connecting
    this.#add('tcp_socket_connecting', connecting)
    this.#add('tcp_sockets', 1)
    this.#phase = 'open'
  }

  timedOut(): void {
    this.#add('tcp_timeouts', 1)
  }

  /** The socket has closed. Later calls do nothing. */
  closed(error: Error | null = null): void {
    if (this.#phase === 'idle') return
    const phase = this.#phase
    this.#phase = 'idle'
    if (error !== null) this.#add('tcp_errors', 1)
    if (phase === 'open') this.#add('tcp_socket_duration', this.#lap())
    else if (error !== null) this.#add(`tcp_socket_${phase}` as NetMetric, this.#lap())
  }

  /** Hot. */
  countRead(): void {
    this.#refresh()
    this.#reads ??= this.#series('tcp_reads')
    this.#reads.add(1)
  }

  /** Hot. */
  countWrite(): void {
    this.#refresh()
    this.#writes ??= this.#series('tcp_writes')
    this.#writes.add(1)
  }

  #lap(): number {
    const now = this.vu.shard.clock.now()
    const duration = now - this.#since
    this.#since = now
    return duration
  }

  #add(metric: NetMetric, value: number): void {
    this.#refresh()
    this.#series(metric).add(value)
  }

  #series(name: NetMetric): Series {
    const { registry } = this.vu.shard
    return registry.series(registry.get(name) as MetricDefinition, this.#tags)
  }

  #refresh(): void {
    const vuTags = this.vu.tags
    if (this.#vuTags === vuTags) return
    let tags = vuTags.with('proto', 'TCP').with('host', this.#host).with('port', this.#port)
    if (this.ip !== '') tags = tags.with('ip', this.ip)
    this.#tags = tags
    this.#vuTags = vuTags
    this.#reads = null
    this.#writes = null
  }
}
