/**
 * The heading of the summary under which a metric is listed.
 *
 * Source  docs/spec/metrics-and-modules.md 3.2
 */
export const CATEGORIES = [
  'CUSTOM',
  'HTTP',
  'EXECUTION',
  'NETWORK',
  'BROWSER',
  'WEB_VITALS',
  'GRPC',
  'WEBSOCKET',
] as const

export type Category = (typeof CATEGORIES)[number]

const HTTP_PHASES: readonly string[] = [
  'http_req_blocked',
  'http_req_connecting',
  'http_req_tls_handshaking',
  'http_req_sending',
  'http_req_waiting',
  'http_req_receiving',
]
const HTTP: readonly string[] = ['http_reqs', 'http_req_duration', 'http_req_failed', ...HTTP_PHASES]
const EXECUTION: readonly string[] = [
  'vus',
  'vus_max',
  'iterations',
  'iterations_failed',
  'iteration_duration',
  'iteration_start_lag',
  'dropped_iterations',
]
const NETWORK: readonly string[] = ['data_sent', 'data_received']

/** The category of a metric; null for those that are never listed as metrics. */
export function categoryOf(metric: string): Category | null {
  if (metric === 'checks' || metric === 'group_duration') return null
  if (HTTP.includes(metric)) return 'HTTP'
  if (EXECUTION.includes(metric)) return 'EXECUTION'
  if (NETWORK.includes(metric)) return 'NETWORK'
  if (metric.startsWith('browser_web_vital_')) return 'WEB_VITALS'
  if (metric.startsWith('browser_')) return 'BROWSER'
  if (metric.startsWith('grpc_')) return 'GRPC'
  if (metric.startsWith('ws_')) return 'WEBSOCKET'
  return 'CUSTOM'
}

/** Whether a metric is one of the details that the compact summary leaves out. */
export function isHttpPhase(metric: string): boolean {
  return HTTP_PHASES.includes(metric)
}
