/**
 * Settings of the output `influxdb`: InfluxDB 1, and 2 or 3 when an organisation, a bucket or a token is set.
 *
 *   -o influxdb=http://user:password@host:8086/prefix/database?pushInterval=500ms&tagsAsFields=vu:int
 *   -o influxdb=http://host:8086?org=me&bucket=tests&token=secret           -o xk6-influxdb=http://host:8086
 *
 * Errors  SockeyeError ERR_INVALID_OUTPUT with k6's texts
 * Source  docs/spec/outputs.md §3.1, §3.4
 */
import type { OutputContext } from '../output.js'
import { Settings } from '../settings.js'

export type FieldType = 'string' | 'int' | 'float' | 'bool'

export interface InfluxOptions {
  readonly protocol: 'http' | 'udp'
  /** `http://host:port/prefix`, without a slash at the end. */
  readonly base: string
  readonly host: string
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  readonly db: string
  readonly retention: string
  readonly consistency: string
  /** Nanoseconds of one unit of a timestamp, and the name of the unit. */
  readonly precision: { readonly name: string; readonly nanoseconds: number }
  readonly skipVerify: boolean
  readonly payloadSize: number
  readonly pushIntervalMs: number
  readonly concurrentWrites: number
  readonly tagsAsFields: ReadonlyMap<string, FieldType>
  readonly proxy: string | undefined
  /** Undefined for version 1. */
  readonly v2: { readonly org: string; readonly bucket: string } | undefined
}

const PARAMETERS = [
  'precision',
  'insecure',
  'payload_size',
  'pushInterval',
  'concurrentWrites',
  'tagsAsFields',
  'retention',
  'consistency',
  'org',
  'bucket',
  'token',
  'proxy',
]
const PRECISIONS: Readonly<Record<string, [name: string, nanoseconds: number]>> = {
  ns: ['ns', 1],
  n: ['ns', 1],
  u: ['u', 1e3],
  us: ['u', 1e3],
  ms: ['ms', 1e6],
  s: ['s', 1e9],
  m: ['m', 6e10],
  h: ['h', 3.6e12],
}
const FIELD_TYPES: readonly FieldType[] = ['string', 'int', 'float', 'bool']
/** Fits into any datagram. */
const PAYLOAD_SIZE = 470

export function influxOptions(argument: string, context: OutputContext): InfluxOptions {
  const fromArgument = argument === '' ? undefined : parseUrl(argument, new Settings('influxdb', new Map(), context))
  const settings = new Settings(
    'influxdb',
    fromArgument === undefined ? new Map() : parametersOf(fromArgument, context),
    context,
  )
  const url =
    fromArgument ?? parseUrl(settings.text({ env: 'INFLUXDB_ADDR', key: 'addr' }) ?? 'http://localhost:8086', settings)
  const v2 = v2Of(settings, url)
  const segments = url.pathname.split('/').filter((part) => part !== '')
  const ownDb = v2 === undefined && fromArgument !== undefined ? segments.pop() : undefined
  const prefix =
    v2 === undefined
      ? segments
      : segments.filter((_, i) => i < segments.length - 3 || !url.pathname.endsWith('/api/v2/write'))
  return {
    protocol: url.protocol === 'udp:' ? 'udp' : 'http',
    base: `${url.protocol}//${url.host}${prefix.map((part) => `/${part}`).join('')}`,
    host: url.hostname,
    port: Number(url.port),
    headers: authorization(settings, url, v2 !== undefined),
    db: ownDb === undefined ? (settings.text({ env: 'INFLUXDB_DB', key: 'db' }) ?? 'k6') : decodeURIComponent(ownDb),
    retention: settings.text({ env: 'INFLUXDB_RETENTION', key: 'retention' }) ?? '',
    consistency: settings.text({ env: 'INFLUXDB_CONSISTENCY', key: 'consistency' }) ?? '',
    precision: precisionOf(settings),
    skipVerify: settings.boolean({ env: 'INFLUXDB_INSECURE', key: 'insecure' }),
    payloadSize: settings.integer({ env: 'INFLUXDB_PAYLOAD_SIZE', key: 'payload_size' }, PAYLOAD_SIZE),
    pushIntervalMs: settings.interval({ env: 'INFLUXDB_PUSH_INTERVAL', key: 'pushInterval' }, 1000),
    concurrentWrites: concurrentWritesOf(settings),
    tagsAsFields: fieldsOf(settings),
    proxy: settings.text({ env: 'INFLUXDB_PROXY', key: 'proxy' }),
    v2,
  }
}

function parseUrl(text: string, settings: Settings): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw settings.refuse(`parse "${text}": invalid URL`, 'for example http://localhost:8086/k6')
  }
  if (url.protocol === 'http:' || url.protocol === 'https:' || url.protocol === 'udp:') return url
  throw settings.refuse(
    `Unsupported protocol scheme: ${url.protocol.slice(0, -1)}, your address must start with http:// or https://`,
  )
}

function parametersOf(url: URL, context: OutputContext): Map<string, string[]> {
  const parameters = new Map<string, string[]>()
  for (const [key, value] of url.searchParams) {
    if (!PARAMETERS.includes(key)) {
      throw new Settings('influxdb', new Map(), context).refuse(
        `unknown query parameter: ${key}`,
        `parameters are ${PARAMETERS.join(', ')}`,
      )
    }
    parameters.set(key, [...(parameters.get(key) ?? []), value])
  }
  return parameters
}

function v2Of(settings: Settings, url: URL): InfluxOptions['v2'] {
  const org = settings.text({ env: ['INFLUXDB_ORGANIZATION', 'INFLUXDB_ORG'], key: 'org' })
  const bucket = settings.text({ env: 'INFLUXDB_BUCKET', key: 'bucket' })
  const token = settings.text({ env: 'INFLUXDB_TOKEN', key: 'token' })
  const isV2 =
    org !== undefined || bucket !== undefined || token !== undefined || url.pathname.endsWith('/api/v2/write')
  if (!isV2) return undefined
  if (bucket === undefined)
    throw settings.refuse('InfluxDB 2 needs a bucket', 'set K6_INFLUXDB_BUCKET, or ?bucket=NAME')
  return { org: org ?? '', bucket }
}

function authorization(settings: Settings, url: URL, isV2: boolean): Record<string, string> {
  const token = settings.text({ env: 'INFLUXDB_TOKEN', key: 'token' })
  if (isV2 && token !== undefined) return { Authorization: `Token ${token}` }
  const user = decodeURIComponent(url.username) || settings.text({ env: 'INFLUXDB_USERNAME', key: 'username' })
  const password = decodeURIComponent(url.password) || settings.text({ env: 'INFLUXDB_PASSWORD', key: 'password' })
  if (user === undefined && password === undefined) return {}
  return { Authorization: `Basic ${Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')}` }
}

function precisionOf(settings: Settings): InfluxOptions['precision'] {
  const text = settings.text({ env: 'INFLUXDB_PRECISION', key: 'precision' }) ?? 'ns'
  // `1ns`, as the extension for InfluxDB 2 has it.
  const known = PRECISIONS[text.replace(/^1/, '')]
  if (known === undefined) throw settings.refuse(`invalid precision "${text}"`, 'it is ns, u, ms, s, m or h')
  return { name: known[0], nanoseconds: known[1] }
}

function concurrentWritesOf(settings: Settings): number {
  const count = settings.integer({ env: 'INFLUXDB_CONCURRENT_WRITES', key: 'concurrentWrites' }, 4)
  if (count <= 0) throw settings.refuse("influxdb's ConcurrentWrites must be a positive number")
  return count
}

function fieldsOf(settings: Settings): Map<string, FieldType> {
  const names = { env: 'INFLUXDB_TAGS_AS_FIELDS', key: 'tagsAsFields' }
  const value = settings.raw(names)
  // A parameter of the URL is one tag; only the variable has commas.
  const list = settings.list(names) ?? ['vu', 'iter', 'url']
  const entries = value !== undefined && Array.isArray(value) ? value.map(String) : list
  return new Map(
    entries.map((entry) => {
      const colon = entry.lastIndexOf(':')
      const [tag, type] = colon === -1 ? [entry, 'string'] : [entry.slice(0, colon), entry.slice(colon + 1)]
      const known = FIELD_TYPES.find((name) => name === type)
      if (known === undefined)
        throw settings.refuse(`an invalid type (${type}) is specified for an InfluxDB field (${tag})`)
      return [tag, known]
    }),
  )
}
