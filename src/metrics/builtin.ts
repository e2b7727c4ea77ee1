/**
 * The metrics that exist in every run, so that thresholds on them are valid in any script, and scripts cannot use their names for metrics of
 * another type.
 *
 * Source  docs/spec/metrics-and-modules.md 1.1 and 1.2
 */
import type { MetricDeclaration, MetricDefinition, Submetric } from './metric.js'
import type { MetricRegistry } from './registry.js'

const BUILTIN = [
  ['vus', 'gauge'],
  ['vus_max', 'gauge'],
  ['iterations', 'counter'],
  ['iteration_duration', 'trend', 'time'],
  ['iterations_failed', 'counter'],
  ['dropped_iterations', 'counter'],
  ['checks', 'rate'],
  ['group_duration', 'trend', 'time'],
  ['data_sent', 'counter', 'data'],
  ['data_received', 'counter', 'data'],
  ['http_reqs', 'counter'],
  ['http_req_duration', 'trend', 'time'],
  ['http_req_blocked', 'trend', 'time'],
  ['http_req_connecting', 'trend', 'time'],
  ['http_req_tls_handshaking', 'trend', 'time'],
  ['http_req_sending', 'trend', 'time'],
  ['http_req_waiting', 'trend', 'time'],
  ['http_req_receiving', 'trend', 'time'],
  ['http_req_failed', 'rate'],
  ['ws_connecting', 'trend', 'time'],
  ['ws_sessions', 'counter'],
  ['ws_session_duration', 'trend', 'time'],
  ['ws_msgs_sent', 'counter'],
  ['ws_msgs_received', 'counter'],
  ['ws_ping', 'trend', 'time'],
  ['ws_data_sent', 'counter', 'data'],
  ['ws_data_received', 'counter', 'data'],
  ['ws_sockets_open', 'gauge'],
  ['ws_closes', 'counter'],
  ['ws_handshake_failures', 'counter'],
  ['grpc_req_duration', 'trend', 'time'],
] as const satisfies readonly MetricDeclaration[]

/** How much later than scheduled an iteration began. Exists only when iterations start on a schedule. */
export const ITERATION_START_LAG: MetricDefinition = { name: 'iteration_start_lag', type: 'trend', contains: 'time' }

export type BuiltinMetrics = Readonly<Record<(typeof BUILTIN)[number][0], MetricDefinition>> & {
  readonly iteration_start_lag?: MetricDefinition
}

export function declareBuiltins(registry: MetricRegistry, { hasOpenModel = false } = {}): BuiltinMetrics {
  const definitions = registry.declareAll(BUILTIN)
  if (!hasOpenModel) return definitions
  const { name, type, contains } = ITERATION_START_LAG
  return { ...definitions, iteration_start_lag: registry.declare(name, type, contains) }
}

/** The duration of responses with an expected status. */
export const EXPECTED_DURATION = 'http_req_duration{expected_response:true}'

/** Submetrics that exist without a threshold, so that the summary of an HTTP test shows them. */
export function automaticSubmetrics(systemTags: Iterable<string>): Submetric[] {
  if (![...systemTags].includes('expected_response')) return []
  return [{ metric: 'http_req_duration', name: EXPECTED_DURATION, tags: { expected_response: 'true' } }]
}
