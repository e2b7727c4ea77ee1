/**
 * The samples of a request: up to nine for each hop, all with the same tags.
 *
 * Source  docs/spec/http.md §17
 */
import type { MetricRegistry } from '../../metrics/registry.js'
import type { Series } from '../../metrics/series.js'
import type { TagSet } from '../../metrics/tag-set.js'
import type { HttpError } from '../../net/http/errors.js'
import type { Exchange, Timings } from '../../net/http/exchange.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

/** What is measured of a request, whoever has sent it. */
interface Hop {
  /** The tags of the VU and of the params. */
  readonly tags: TagSet
  readonly method: string
  /** Without user info. */
  readonly url: string
  /** The script's own value for the tags `url` and `name`. */
  readonly name: string | undefined
  /** 0 for a failure. */
  readonly status: number
  /** Empty when there is no value, as all texts below. */
  readonly proto: string
  readonly error: string
  readonly errorCode: number
  readonly tlsVersion: string
  readonly ip: string
  readonly ocspStatus: string
  /** Null: the script has switched this off, and there is no sample of `http_req_failed`. */
  readonly isExpected: boolean | null
  readonly timings: Timings
}

/** The same of a request that went over our own connections. */
interface ExchangeHop extends Pick<Hop, 'tags' | 'method' | 'url' | 'name' | 'isExpected'> {
  /** Null when the request failed before anything could be sent. */
  readonly exchange: Exchange | null
  /** Null: the whole response has come. */
  readonly error: HttpError | null
}

const NO_TIMINGS: Timings = { blocked: 0, connecting: 0, tlsHandshaking: 0, sending: 0, waiting: 0, receiving: 0 }

export function timingsOf(exchange: Exchange | null): Timings {
  return exchange === null ? NO_TIMINGS : exchange.timings()
}

/** `error_code` of a response: 1404 for the status 404. */
export function statusCodeError(status: number): number {
  return status >= 400 ? 1000 + status : 0
}

/** Hot. */
export function measureExchange(vu: VirtualUser, hop: ExchangeHop): void {
  const { tags, method, url, name, exchange, error, isExpected } = hop
  const head = error === null && exchange !== null ? exchange.head : null
  const peer = exchange?.peer ?? null
  const status = head?.status ?? 0
  const tlsVersion = head === null ? '' : (peer?.tlsVersion ?? '')
  measureHop(vu, {
    tags,
    method,
    url,
    name,
    status,
    proto: head?.proto ?? '',
    error: error?.message ?? '',
    errorCode: error?.code ?? statusCodeError(status),
    tlsVersion,
    ip: peer?.remoteAddress ?? '',
    ocspStatus: tlsVersion === '' ? '' : 'unknown',
    isExpected,
    timings: timingsOf(exchange),
  })
}

interface HopSeries {
  readonly reqs: Series
  readonly duration: Series
  readonly blocked: Series
  readonly connecting: Series
  readonly tlsHandshaking: Series
  readonly sending: Series
  readonly waiting: Series
  readonly receiving: Series
  readonly failed: Series
}

/** By registry and tags: one look-up for each hop instead of nine. */
const knownSeries = new WeakMap<MetricRegistry, Map<TagSet, HopSeries>>()

/** Hot. */
export function measureHop(vu: VirtualUser, hop: Hop): void {
  const { shard } = vu
  // This may run outside of the VU's turns, where the recorder does not know the VU's metadata.
  if (shard.recorder !== null) shard.recorder.metadata = vu.metadata
  const series = seriesOf(vu, tagsOf(hop, shard.settings.systemTags))
  const { blocked, connecting, tlsHandshaking, sending, waiting, receiving } = hop.timings
  series.reqs.add(1)
  series.duration.add(sending + waiting + receiving)
  series.blocked.add(blocked)
  series.connecting.add(connecting)
  series.tlsHandshaking.add(tlsHandshaking)
  series.sending.add(sending)
  series.waiting.add(waiting)
  series.receiving.add(receiving)
  if (hop.isExpected !== null) series.failed.add(hop.isExpected ? 0 : 1)
}

function tagsOf(hop: Hop, enabled: ReadonlySet<string>): TagSet {
  const { name, proto, error, errorCode, tlsVersion, ip, ocspStatus, isExpected } = hop
  let { tags } = hop
  const url = name ?? hop.url
  if (enabled.has('method')) tags = tags.with('method', hop.method)
  if (enabled.has('url')) tags = tags.with('url', url)
  if (enabled.has('name')) tags = tags.with('name', url)
  if (enabled.has('status')) tags = tags.with('status', String(hop.status))
  if (proto !== '' && enabled.has('proto')) tags = tags.with('proto', proto)
  if (error !== '' && enabled.has('error')) tags = tags.with('error', error)
  if (errorCode !== 0 && enabled.has('error_code')) tags = tags.with('error_code', String(errorCode))
  if (tlsVersion !== '' && enabled.has('tls_version')) tags = tags.with('tls_version', tlsVersion)
  if (isExpected !== null && enabled.has('expected_response')) tags = tags.with('expected_response', String(isExpected))
  if (ip !== '' && enabled.has('ip')) tags = tags.with('ip', ip)
  if (ocspStatus !== '' && enabled.has('ocsp_status')) tags = tags.with('ocsp_status', ocspStatus)
  return tags
}

function seriesOf({ shard: { registry, builtins } }: VirtualUser, tags: TagSet): HopSeries {
  let byTags = knownSeries.get(registry)
  if (byTags === undefined) {
    byTags = new Map()
    knownSeries.set(registry, byTags)
  }
  let series = byTags.get(tags)
  if (series === undefined) {
    series = {
      reqs: registry.series(builtins.http_reqs, tags),
      duration: registry.series(builtins.http_req_duration, tags),
      blocked: registry.series(builtins.http_req_blocked, tags),
      connecting: registry.series(builtins.http_req_connecting, tags),
      tlsHandshaking: registry.series(builtins.http_req_tls_handshaking, tags),
      sending: registry.series(builtins.http_req_sending, tags),
      waiting: registry.series(builtins.http_req_waiting, tags),
      receiving: registry.series(builtins.http_req_receiving, tags),
      failed: registry.series(builtins.http_req_failed, tags),
    }
    byTags.set(tags, series)
  }
  return series
}
