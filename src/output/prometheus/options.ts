/**
 * Settings of the output `experimental-prometheus-rw`, by k6's names and ours.
 *
 *   argument := URL | key "=" value { "," key "=" value }        keys are those of the configuration file
 *
 * Errors  SockeyeError ERR_INVALID_OUTPUT with k6's texts
 * Source  docs/spec/outputs.md §1.1 (PRW-05, PRW-08 to PRW-11)
 */
import { readFileSync } from 'node:fs'
import type { SecureVersion } from 'node:tls'
import type { Aggregation } from '../../metrics/aggregation.js'
import { invalidOutput } from '../errors.js'
import type { OutputContext } from '../output.js'
import type { TlsSettings } from '../push/http-client.js'
import { keyValues, Settings } from '../settings.js'
import type { SigningKeys } from './signing.js'

export interface PrometheusOptions {
  readonly url: URL
  /** The headers of every request, those with credentials included. */
  readonly headers: Readonly<Record<string, string>>
  readonly pushIntervalMs: number
  readonly trendStats: readonly TrendStat[]
  readonly usesNativeHistograms: boolean
  readonly marksStale: boolean
  /** Label names go out as they are, for receivers that take UTF-8. */
  readonly keepsLabelNames: boolean
  readonly tls: TlsSettings
  readonly signing: SigningKeys | undefined
  /** A variable was used that has a newer form. */
  readonly isLegacyHistogramSetting: boolean
}

/** `p(95)` as a part of a series' name: `p95`. */
export interface TrendStat {
  readonly suffix: string
  readonly aggregation: Aggregation | { readonly method: 'sum' }
}

const TYPE = 'experimental-prometheus-rw'
const KEYS = [
  'url',
  'username',
  'password',
  'bearerToken',
  'headers',
  'pushInterval',
  'trendStats',
  'trendAsNativeHistogram',
  'staleMarkers',
  'insecureSkipTLSVerify',
  'tlsMinVersion',
  'clientCertificate',
  'clientCertificateKey',
  'rawLabelNames',
] as const
const PLAIN_STATS = ['count', 'sum', 'min', 'max', 'avg', 'med'] as const

export function prometheusOptions(argument: string, context: OutputContext): PrometheusOptions {
  const settings = new Settings(TYPE, argumentsOf(argument), context)
  const url = urlOf(settings)
  const legacy = settings.boolean({ env: 'PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM', key: 'trendAsNativeHistogram' })
  const signing = signingOf(settings)
  return {
    url: withoutUserInfo(url),
    headers: headersOf(settings, url),
    pushIntervalMs: settings.interval({ env: 'PROMETHEUS_RW_PUSH_INTERVAL', key: 'pushInterval' }, 5000),
    trendStats: trendStatsOf(settings),
    usesNativeHistograms: legacy || context.features.includes('native-histograms'),
    marksStale: settings.boolean({ env: 'PROMETHEUS_RW_STALE_MARKERS', key: 'staleMarkers' }),
    keepsLabelNames: settings.boolean({ env: 'PROMETHEUS_RW_RAW_LABEL_NAMES', key: 'rawLabelNames' }),
    tls: tlsOf(settings),
    signing,
    isLegacyHistogramSetting: settings.raw({ env: 'PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM' }) !== undefined,
  }
}

function argumentsOf(argument: string): ReadonlyMap<string, readonly string[]> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(argument)) return new Map([['url', [argument]]])
  const pairs = keyValues(argument)
  const known: readonly string[] = KEYS
  if (pairs !== undefined && [...pairs.keys()].every((key) => known.includes(key))) return pairs
  throw invalidOutput(
    `could not create the '${TYPE}' output: couldn't understand the argument "${argument}"`,
    `it is a URL, or pairs such as url=http://localhost:9090/api/v1/write,pushInterval=1s; keys are ${KEYS.join(', ')}`,
  )
}

function urlOf(settings: Settings): URL {
  const text = settings.text({ env: 'PROMETHEUS_RW_SERVER_URL', key: 'url' }) ?? 'http://localhost:9090/api/v1/write'
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw settings.refuse(`failed to initialize the Prometheus remote write client: parse "${text}": invalid URL`)
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url
  throw settings.refuse(
    `failed to initialize the Prometheus remote write client: unsupported protocol scheme "${url.protocol.slice(0, -1)}"`,
    'the URL begins with http:// or https://',
  )
}

function withoutUserInfo(url: URL): URL {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  return plain
}

/** Of several ways to set Authorization a bearer token goes first, then a header of the user, then a name with a password. */
function headersOf(settings: Settings, url: URL): Record<string, string> {
  const headers = { ...basicOf(settings, url), ...customHeaders(settings) }
  const bearer = settings.text({ env: 'PROMETHEUS_RW_BEARER_TOKEN', key: 'bearerToken' })
  if (bearer === undefined) return headers
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
  return { ...Object.fromEntries(others), Authorization: `Bearer ${bearer}` }
}

function basicOf(settings: Settings, url: URL): Record<string, string> {
  const user = settings.text({ env: 'PROMETHEUS_RW_USERNAME', key: 'username' }) ?? decodeURIComponent(url.username)
  const password = settings.text({ env: 'PROMETHEUS_RW_PASSWORD', key: 'password' }) ?? decodeURIComponent(url.password)
  if (user === '' && password === '') return {}
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** Headers that describe the body of the request, which the user cannot change. */
const FIXED = ['user-agent', 'content-type', 'content-encoding', 'x-prometheus-remote-write-version']

function customHeaders(settings: Settings): Record<string, string> {
  const value = settings.raw({ env: 'PROMETHEUS_RW_HTTP_HEADERS', key: 'headers' })
  const named = typeof value === 'string' ? parseHeaders(value, settings) : Object.entries((value ?? {}) as object)
  const single = settings.withPrefix('PROMETHEUS_RW_HEADERS_')
  const all = [...named, ...single].filter(([name]) => !FIXED.includes(name.toLowerCase()))
  const byName = new Map(all.map(([name, value]) => [name.toLowerCase(), [name, String(value)] as const]))
  return Object.fromEntries(byName.values())
}

/** `name:value,name:value`; values may hold colons. */
function parseHeaders(text: string, settings: Settings): [string, string][] {
  return text.split(',').map((part) => {
    const colon = part.indexOf(':')
    if (colon > 0) return [part.slice(0, colon).trim(), part.slice(colon + 1).trim()]
    throw settings.refuse(`the provided header (${part}) does not respect the expected format <header key>:<value>`)
  })
}

function trendStatsOf(settings: Settings): TrendStat[] {
  const value = settings.raw({ env: 'PROMETHEUS_RW_TREND_STATS', key: 'trendStats' })
  const texts = settings.list({ env: 'PROMETHEUS_RW_TREND_STATS', key: 'trendStats' }) ?? ['p(99)']
  // In the argument of --out commas separate settings, so a list there has `;` or spaces.
  const stats = (typeof value === 'string' && texts.length === 1 ? (texts[0] as string).split(/[;\s]+/) : texts).map(
    (text) => trendStat(text, settings),
  )
  const taken = new Set<string>()
  return stats.map(({ suffix, aggregation }) => {
    // k6 gives p(9.99) and p(99.9) the same name, and loses one of them.
    const own =
      taken.has(suffix) && aggregation.method === 'p' ? `p${String(aggregation.percentile).replace('.', '_')}` : suffix
    taken.add(own)
    return { suffix: own, aggregation }
  })
}

function trendStat(text: string, settings: Settings): TrendStat {
  const plain = PLAIN_STATS.find((name) => name === text)
  if (plain !== undefined) return { suffix: plain, aggregation: { method: plain } }
  const inside = /^p\((.*)\)$/.exec(text)?.[1]
  if (inside === undefined) throw settings.refuse(`invalid trend stat '${text}', unknown format`)
  const percentile = inside.trim() === '' ? Number.NaN : Number(inside)
  if (!(percentile >= 0 && percentile <= 100)) {
    throw settings.refuse(`invalid percentile trend stat value '${text}', provide a number between 0 and 100`)
  }
  return { suffix: `p${inside.trim().replace('.', '')}`, aggregation: { method: 'p', percentile } }
}

function tlsOf(settings: Settings): TlsSettings {
  const cert = settings.text({ env: 'PROMETHEUS_RW_CLIENT_CERTIFICATE', key: 'clientCertificate' })
  const key = settings.text({ env: 'PROMETHEUS_RW_CLIENT_CERTIFICATE_KEY', key: 'clientCertificateKey' })
  const version =
    settings.text({
      env: ['PROMETHEUS_RW_TLS_MINIMUM_VERSION', 'PROMETHEUS_RW_TLS_MIN_VERSION'],
      key: 'tlsMinVersion',
    }) ?? '1.3'
  if (version !== '1.2' && version !== '1.3') {
    throw settings.refuse(`the minimum version of TLS must be 1.2 or 1.3, got "${version}"`)
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw settings.refuse('a client certificate needs its key, and a key its certificate: one of the two is missing')
  }
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path)
    } catch (error) {
      throw settings.refuse(`failed to load the TLS certificate: ${(error as Error).message}`)
    }
  }
  return {
    skipVerify: settings.boolean({ env: 'PROMETHEUS_RW_INSECURE_SKIP_TLS_VERIFY', key: 'insecureSkipTLSVerify' }),
    minVersion: `TLSv${version}` as SecureVersion,
    ...(cert !== undefined && { cert: read(cert) }),
    ...(key !== undefined && { key: read(key) }),
  }
}

function signingOf(settings: Settings): SigningKeys | undefined {
  const names = ['PROMETHEUS_RW_SIGV4_REGION', 'PROMETHEUS_RW_SIGV4_ACCESS_KEY', 'PROMETHEUS_RW_SIGV4_SECRET_KEY']
  const [region, accessKey, secretKey] = names.map((env) => settings.text({ env }))
  if (region === undefined && accessKey === undefined && secretKey === undefined) return undefined
  if (region !== undefined && accessKey !== undefined && secretKey !== undefined)
    return { region, accessKey, secretKey }
  throw settings.refuse(
    `sigv4 seems to be partially configured. All of ${names.map((name) => `K6_${name}`).join(', ')} must all be set. ` +
      'Unset all to bypass sigv4',
  )
}
