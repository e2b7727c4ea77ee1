/**
 * Settings of the output `opentelemetry`: K6_OTEL_… before the standard OTEL_… before the default.
 *
 * Errors  SockeyeError ERR_INVALID_OUTPUT with k6's texts; exit 104 for those that k6 calls configuration errors
 * Source  docs/spec/outputs.md §2.1 (OTL-04 to OTL-07, OTL-10)
 */
import { readFileSync } from 'node:fs'
import { SockeyeError } from '../../base/errors.js'
import { joinHostPort } from '../../net/address.js'
import { proxyFor } from '../../net/proxy.js'
import type { OutputContext } from '../output.js'
import type { TlsSettings } from '../push/http-client.js'
import { keyValues, Settings } from '../settings.js'

export interface OpenTelemetryOptions {
  readonly protocol: 'grpc' | 'http/protobuf'
  /** The address of the collector: `host:port`. */
  readonly endpoint: string
  readonly path: string
  readonly isInsecure: boolean
  readonly tls: TlsSettings
  /** For HTTP. The gRPC library reads http_proxy, https_proxy and no_proxy by itself. */
  readonly proxy: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly compresses: boolean
  readonly timeoutMs: number
  readonly exportIntervalMs: number
  readonly metricPrefix: string
  readonly resource: Readonly<Record<string, string>>
  readonly isDelta: boolean
  readonly usesExponentialHistograms: boolean
  readonly bounds: { readonly time: readonly number[]; readonly other: readonly number[] }
  /** A metric with more sets of tags than this is named in a warning. */
  readonly seriesLimit: number
}

const TYPE = 'opentelemetry'
const INVALID_CONFIG = 104

/** The bounds that k6 uses, which are the defaults of OpenTelemetry's SDK. */
const K6_BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000]
/** The same with more bounds below 5 ms, because sockets answer faster than that, and above 10 s, because some tests wait longer. */
const FINE_BOUNDS = [
  0, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000, 30000, 60000,
]

export function openTelemetryOptions(argument: string, context: OutputContext): OpenTelemetryOptions {
  const pairs = keyValues(argument)
  if (pairs === undefined) {
    throw configError(
      `couldn't understand the argument "${argument}"`,
      'it is pairs such as exporterProtocol=http/protobuf,exportInterval=1s',
    )
  }
  const settings = new Settings(TYPE, pairs, context)
  const protocol = protocolOf(settings)
  const target = protocol === 'grpc' ? grpcTarget(settings) : httpTarget(settings)
  const tls = tlsOf(settings)
  if (target.isInsecure && protocol === 'http/protobuf' && Object.keys(tls).length > 0) {
    throw settings.refuse(
      'failed to create OpenTelemetry exporter: insecure HTTP endpoint cannot use TLS client configuration',
    )
  }
  return {
    protocol,
    ...target,
    tls,
    proxy: protocol === 'grpc' ? undefined : proxyOf(target, context.env),
    headers: headersOf(settings, protocol),
    compresses: anyOf(settings, 'COMPRESSION') === 'gzip',
    timeoutMs: numberOf(anyOf(settings, 'TIMEOUT'), 10_000),
    exportIntervalMs: exportInterval(settings),
    metricPrefix: settings.text({ env: 'OTEL_METRIC_PREFIX', key: 'metricPrefix' }) ?? '',
    resource: resourceOf(settings, context.version),
    isDelta: ['delta', 'lowmemory'].includes(
      (foreign(settings, 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE') ?? '').toLowerCase(),
    ),
    usesExponentialHistograms:
      foreign(settings, 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION')?.toLowerCase() ===
      'base2_exponential_bucket_histogram',
    bounds: boundsOf(settings),
    seriesLimit: settings.integer(
      { env: 'OTEL_SERIES_LIMIT', foreignEnv: 'OTEL_GO_X_CARDINALITY_LIMIT', key: 'seriesLimit' },
      100_000,
    ),
  }
}

function configError(reason: string, hint?: string): SockeyeError {
  return new SockeyeError({
    code: 'ERR_INVALID_OUTPUT',
    message: `could not create the '${TYPE}' output: error validating OpenTelemetry output config: ${reason}`,
    exitCode: INVALID_CONFIG,
    hint,
  })
}

function foreign(settings: Settings, name: string): string | undefined {
  return settings.text({ foreignEnv: name })
}

/** A standard variable: the one for metrics goes before the one for all signals. */
function anyOf(settings: Settings, name: string): string | undefined {
  return foreign(settings, `OTEL_EXPORTER_OTLP_METRICS_${name}`) ?? foreign(settings, `OTEL_EXPORTER_OTLP_${name}`)
}

function protocolOf(settings: Settings): 'grpc' | 'http/protobuf' {
  const protocol =
    settings.text({ env: 'OTEL_EXPORTER_PROTOCOL', key: 'exporterProtocol' }) ?? anyOf(settings, 'PROTOCOL') ?? 'grpc'
  if (protocol === 'grpc' || protocol === 'http/protobuf') return protocol
  throw configError(`unsupported exporter protocol "${protocol}", only "grpc" and "http/protobuf" are supported`)
}

type Target = Pick<OpenTelemetryOptions, 'endpoint' | 'path' | 'isInsecure'>

function grpcTarget(settings: Settings): Target {
  const own = settings.text({ env: 'OTEL_GRPC_EXPORTER_ENDPOINT', key: 'grpcExporterEndpoint' })
  const isInsecure = insecure(settings, { env: 'OTEL_GRPC_EXPORTER_INSECURE', key: 'grpcExporterInsecure' })
  const text = own ?? anyOf(settings, 'ENDPOINT') ?? 'localhost:4317'
  const url = urlOf(text)
  if (url === undefined) return { endpoint: text, path: '', isInsecure: isInsecure ?? false }
  return { endpoint: url.host, path: '', isInsecure: isInsecure ?? url.protocol === 'http:' }
}

function httpTarget(settings: Settings): Target {
  const own = settings.text({ env: 'OTEL_HTTP_EXPORTER_ENDPOINT', key: 'httpExporterEndpoint' })
  const isInsecure = insecure(settings, { env: 'OTEL_HTTP_EXPORTER_INSECURE', key: 'httpExporterInsecure' })
  const ownPath = settings.text({ env: 'OTEL_HTTP_EXPORTER_URL_PATH', key: 'httpExporterURLPath' })
  const path = ownPath === undefined || ownPath.startsWith('/') ? ownPath : `/${ownPath}`
  const ofMetrics = foreign(settings, 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT')
  const text = own ?? ofMetrics ?? foreign(settings, 'OTEL_EXPORTER_OTLP_ENDPOINT') ?? 'localhost:4318'
  const url = urlOf(text)
  if (url === undefined) {
    if (text.includes('/'))
      throw settings.refuse(`the HTTP exporter endpoint must only be host and port, got "${text}"`)
    return { endpoint: text, path: path ?? '/v1/metrics', isInsecure: isInsecure ?? false }
  }
  // Only the endpoint of metrics is a whole URL; that of all signals gets their path.
  const isWhole = own === undefined && ofMetrics !== undefined
  const base = url.pathname.replace(/\/$/, '')
  return {
    endpoint: url.host,
    path: path ?? (isWhole ? url.pathname : `${base}/v1/metrics`),
    isInsecure: isInsecure ?? url.protocol === 'http:',
  }
}

/** The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name. */
function proxyOf({ isInsecure, endpoint }: Target, env: OutputContext['env']): string | undefined {
  const proxy = proxyFor(new URL(`${isInsecure ? 'http' : 'https'}://${endpoint}`), env)
  if (proxy === null) return undefined
  if (proxy.protocol !== 'http') throw configError(`the proxy for ${endpoint} must speak HTTP, not ${proxy.protocol}`)
  const url = new URL(`http://${joinHostPort(proxy.host, proxy.port)}`)
  url.username = proxy.username
  url.password = proxy.password
  return url.href
}

function urlOf(text: string): URL | undefined {
  return /^https?:\/\//i.test(text) ? new URL(text) : undefined
}

/** Whether the user asks for plain text; undefined when neither variable is set. */
function insecure(settings: Settings, names: { env: string; key: string }): boolean | undefined {
  if (settings.raw(names) !== undefined) return settings.boolean(names)
  const text = anyOf(settings, 'INSECURE')
  return text === undefined ? undefined : text.toLowerCase() === 'true'
}

function headersOf(settings: Settings, protocol: string): Record<string, string> {
  const own = settings.text({ env: 'OTEL_HEADERS', key: 'headers' })
  const text = own ?? anyOf(settings, 'HEADERS') ?? ''
  const headers = Object.fromEntries(
    text
      .split(',')
      .filter((part) => part.trim() !== '')
      .map((part) => {
        const cut = part.indexOf('=')
        if (cut <= 0)
          throw settings.refuse(`failed to parse headers: invalid header "${part}", expected format key=value`)
        return [part.slice(0, cut).trim(), decoded(part.slice(cut + 1).trim())]
      }),
  )
  const user = settings.text({ env: 'OTEL_HTTP_EXPORTER_USERNAME', key: 'httpExporterUsername' })
  const password = settings.text({ env: 'OTEL_HTTP_EXPORTER_PASSWORD', key: 'httpExporterPassword' })
  if (protocol === 'grpc' || (user === undefined && password === undefined)) return headers
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
  const basic = Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')
  return { ...Object.fromEntries(others), Authorization: `Basic ${basic}` }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function tlsOf(settings: Settings): TlsSettings {
  const read = (names: { env: string; key: string }, foreignName: string, what: string): Buffer | undefined => {
    const path = settings.text(names) ?? anyOf(settings, foreignName)
    if (path === undefined) return undefined
    try {
      return readFileSync(path)
    } catch (error) {
      throw settings.refuse(`failed to read ${what} from "${path}": ${(error as Error).message}`)
    }
  }
  const ca = read({ env: 'OTEL_TLS_CERTIFICATE', key: 'tlsCertificate' }, 'CERTIFICATE', 'root certificate')
  const cert = read(
    { env: 'OTEL_TLS_CLIENT_CERTIFICATE', key: 'tlsClientCertificate' },
    'CLIENT_CERTIFICATE',
    'client certificate',
  )
  const key = read({ env: 'OTEL_TLS_CLIENT_KEY', key: 'tlsClientKey' }, 'CLIENT_KEY', 'client key')
  const skipVerify = settings.boolean({ env: 'OTEL_TLS_INSECURE_SKIP_VERIFY', key: 'tlsInsecureSkipVerify' })
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(skipVerify && { skipVerify }) }
}

function exportInterval(settings: Settings): number {
  const standard = numberOf(foreign(settings, 'OTEL_METRIC_EXPORT_INTERVAL'), 10_000)
  const ms = settings.duration({ env: 'OTEL_EXPORT_INTERVAL', key: 'exportInterval' }, standard)
  if (ms < 0) throw settings.refuse(`the export interval must not be negative, got ${ms} ms`)
  // 0 stands for the default of OpenTelemetry's SDK.
  return ms === 0 ? 60_000 : ms
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = Number(text)
  return text === undefined || !Number.isFinite(number) || number <= 0 ? otherwise : number
}

function resourceOf(settings: Settings, version: string): Record<string, string> {
  const given = Object.fromEntries(
    (foreign(settings, 'OTEL_RESOURCE_ATTRIBUTES') ?? '')
      .split(',')
      .filter((part) => part.includes('='))
      .map((part) => [part.slice(0, part.indexOf('=')).trim(), decoded(part.slice(part.indexOf('=') + 1).trim())]),
  )
  return {
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'sockeye',
    'telemetry.sdk.version': version,
    ...given,
    'service.name':
      settings.text({ env: 'OTEL_SERVICE_NAME', foreignEnv: 'OTEL_SERVICE_NAME', key: 'serviceName' }) ??
      given['service.name'] ??
      'k6',
    'service.version': settings.text({ env: 'OTEL_SERVICE_VERSION', key: 'serviceVersion' }) ?? version,
  }
}

/** `k6`, or numbers with commas (with spaces or `;` in the argument of --out). */
function boundsOf(settings: Settings): OpenTelemetryOptions['bounds'] {
  const names = { env: 'OTEL_HISTOGRAM_BOUNDS', key: 'histogramBounds' }
  const value = settings.raw(names)
  if (value === undefined) return { time: FINE_BOUNDS, other: K6_BOUNDS }
  if (value === 'k6') return { time: K6_BOUNDS, other: K6_BOUNDS }
  const list = Array.isArray(value) ? value : String(value).split(/[,;\s]+/)
  const bounds = list.map((each) => (each === '' ? Number.NaN : Number(each)))
  if (
    bounds.length > 0 &&
    bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (bounds[i - 1] as number)))
  ) {
    return { time: bounds, other: bounds }
  }
  throw settings.refuse(`histogram bounds must be k6, or numbers that grow, got ${JSON.stringify(value)}`)
}
