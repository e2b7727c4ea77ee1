/**
 * The samples of calls and streams.
 *
 * Source  docs/spec/http.md §25.4
 */
import type { MetricDefinition } from '../../metrics/metric.js'
import type { TagSet } from '../../metrics/tag-set.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { moduleMetric } from '../module.js'
import type { GrpcMethod } from './schema.js'

export const GRPC_METRICS = [
  ['grpc_streams', 'counter'],
  ['grpc_streams_msgs_sent', 'counter'],
  ['grpc_streams_msgs_received', 'counter'],
] as const

export type StreamMetric = (typeof GRPC_METRICS)[number][0]

/** The tags of a call: those of the VU and of the call. Tags that the script gives replace others of the same name. */
export function callTags(
  vu: VirtualUser,
  address: string,
  { path, package: packageName, service, name }: GrpcMethod,
  given: Readonly<Record<string, string>>,
): TagSet {
  const enabled = vu.shard.settings.systemTags
  let { tags } = vu
  if (enabled.has('url')) tags = tags.with('url', address + path)
  if (enabled.has('service')) tags = tags.with('service', packageName === '' ? service : `${packageName}.${service}`)
  if (enabled.has('method')) tags = tags.with('method', name)
  if (enabled.has('name')) tags = tags.with('name', path)
  return tags.withAll(given)
}

/** Hot. The duration of a call, or of a stream at its end. `ip` is empty when there was no connection. */
export function measureCall(vu: VirtualUser, tags: TagSet, status: number, milliseconds: number, ip: string): void {
  const enabled = vu.shard.settings.systemTags
  let all = tags
  if (enabled.has('status')) all = all.with('status', String(status))
  if (ip !== '' && enabled.has('ip')) all = all.with('ip', ip)
  add(vu, vu.shard.builtins.grpc_req_duration, all, milliseconds)
}

/** Hot. */
export function countOfStream(vu: VirtualUser, metric: StreamMetric, tags: TagSet): void {
  add(vu, moduleMetric(vu, metric), tags, 1)
}

function add(vu: VirtualUser, metric: MetricDefinition, tags: TagSet, value: number): void {
  const { shard } = vu
  // This may run outside of the VU's turns, where the recorder does not know the VU's metadata.
  if (shard.recorder !== null) shard.recorder.metadata = vu.metadata
  shard.registry.series(metric, tags).add(value)
}
