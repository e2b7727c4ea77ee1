/**
 * The metrics that exist in every run, so that thresholds on them are valid in any script and custom metrics cannot take their
 * names for something else.
 *
 * Source  docs/spec/metrics-and-modules.md 1.1 and 1.2
 */
import type { MetricDefinition } from './metric.js'
import type { MetricRegistry } from './registry.js'
import type { Submetric } from './submetric.js'

const BUILTIN = {
  vus: { type: 'gauge', contains: 'default' },
  vus_max: { type: 'gauge', contains: 'default' },
  iterations: { type: 'counter', contains: 'default' },
  iteration_duration: { type: 'trend', contains: 'time' },
  iterations_failed: { type: 'counter', contains: 'default' },
  dropped_iterations: { type: 'counter', contains: 'default' },
  checks: { type: 'rate', contains: 'default' },
  group_duration: { type: 'trend', contains: 'time' },
  data_sent: { type: 'counter', contains: 'data' },
  data_received: { type: 'counter', contains: 'data' },
  http_reqs: { type: 'counter', contains: 'default' },
  http_req_duration: { type: 'trend', contains: 'time' },
  http_req_blocked: { type: 'trend', contains: 'time' },
  http_req_connecting: { type: 'trend', contains: 'time' },
  http_req_tls_handshaking: { type: 'trend', contains: 'time' },
  http_req_sending: { type: 'trend', contains: 'time' },
  http_req_waiting: { type: 'trend', contains: 'time' },
  http_req_receiving: { type: 'trend', contains: 'time' },
  http_req_failed: { type: 'rate', contains: 'default' },
  ws_connecting: { type: 'trend', contains: 'time' },
  ws_sessions: { type: 'counter', contains: 'default' },
  ws_session_duration: { type: 'trend', contains: 'time' },
  ws_msgs_sent: { type: 'counter', contains: 'default' },
  ws_msgs_received: { type: 'counter', contains: 'default' },
  ws_ping: { type: 'trend', contains: 'time' },
  ws_data_sent: { type: 'counter', contains: 'data' },
  ws_data_received: { type: 'counter', contains: 'data' },
  ws_sockets_open: { type: 'gauge', contains: 'default' },
  ws_closes: { type: 'counter', contains: 'default' },
  ws_handshake_failures: { type: 'counter', contains: 'default' },
  grpc_req_duration: { type: 'trend', contains: 'time' },
} as const

/** Exists when iterations start on a schedule: how much later than scheduled each began. */
export const ITERATION_START_LAG: MetricDefinition = { name: 'iteration_start_lag', type: 'trend', contains: 'time' }

export type BuiltinMetrics = Readonly<Record<keyof typeof BUILTIN, MetricDefinition>> & {
  readonly iteration_start_lag?: MetricDefinition
}

export function declareBuiltins(registry: MetricRegistry, { hasOpenModel = false } = {}): BuiltinMetrics {
  const definitions: Record<string, MetricDefinition> = {}
  for (const [name, { type, contains }] of Object.entries(BUILTIN)) {
    definitions[name] = registry.declare(name, type, contains)
  }
  if (hasOpenModel) {
    const { name, type, contains } = ITERATION_START_LAG
    definitions[name] = registry.declare(name, type, contains)
  }
  return definitions as BuiltinMetrics
}

/** Submetrics that exist without a threshold, so that the summary of an HTTP test shows them. */
export function automaticSubmetrics(systemTags: Iterable<string>): Submetric[] {
  if (![...systemTags].includes('expected_response')) return []
  const metric = 'http_req_duration'
  return [{ metric, name: `${metric}{expected_response:true}`, tags: { expected_response: 'true' } }]
}
