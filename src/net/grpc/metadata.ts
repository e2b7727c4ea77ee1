/**
 * Metadata of calls: what scripts give, what goes over the wire as header fields, what comes back.
 *
 * Shape   names in lower case; values are texts, those of names that end in `-bin` are bytes: base64 on the wire, one character
 *         per byte in what scripts read
 * Source  gRPC over HTTP2; docs/spec/http.md §25.2
 */
import { addToList, fromLatin1, toLatin1 } from '../headers.js'
import { Code, failure, type GrpcStatus } from './status.js'

export type Metadata = readonly (readonly [name: string, value: string | Uint8Array])[]

/** What scripts see of the fields that came: all values of a name. */
export type ReceivedMetadata = Record<string, string[]>

/** Fields of the protocol itself, which metadata cannot replace and scripts do not see. */
const RESERVED = new Set([
  'user-agent',
  'te',
  'connection',
  'host',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-message',
  'grpc-message-type',
  'grpc-status',
  'grpc-timeout',
])

export interface CallHead {
  readonly path: string
  readonly authority: string
  readonly isTls: boolean
  readonly userAgent: string
  /** The deadline of the call in milliseconds; null when it has none. */
  readonly timeoutMs: number | null
  readonly metadata: Metadata
}

/** The head of a call as header fields, in the form that node:http2 takes. */
export function fieldsOf(head: CallHead): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {
    ':method': 'POST',
    ':scheme': head.isTls ? 'https' : 'http',
    ':path': head.path,
    ':authority': head.authority,
    'content-type': 'application/grpc',
    te: 'trailers',
  }
  if (head.userAgent !== '') fields['user-agent'] = toLatin1(head.userAgent)
  if (head.timeoutMs !== null) fields['grpc-timeout'] = timeoutText(head.timeoutMs)
  for (const [given, value] of head.metadata) {
    const name = given.toLowerCase()
    if (name.startsWith(':') || name === 'content-type' || RESERVED.has(name)) continue
    fields[name] =
      typeof value === 'string'
        ? toLatin1(value)
        : Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
  }
  return fields
}

/** A time as gRPC writes it, at most eight digits and a unit: `1500m` for 1.5 s. */
function timeoutText(ms: number): string {
  if (ms < 1e8) return `${Math.max(1, Math.ceil(ms))}m`
  return `${Math.min(99_999_999, Math.ceil(ms / 1000))}S`
}

/** From Node's flat list: name, value, name, value. */
export function receivedMetadata(raw: readonly string[]): ReceivedMetadata {
  const metadata: ReceivedMetadata = {}
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!
    if (name.startsWith(':') || RESERVED.has(name)) continue
    addToList(metadata, name, ...valuesOf(name, raw[i + 1]!))
  }
  return metadata
}

function valuesOf(name: string, value: string): string[] {
  if (!name.endsWith('-bin')) return [fromLatin1(value)]
  return value.split(',').map((part) => Buffer.from(part.trim(), 'base64').toString('latin1'))
}

/** How the call has ended, as its trailers say; null when they do not. */
export function statusOf(raw: readonly string[]): GrpcStatus | null {
  const code = field(raw, 'grpc-status')
  if (code === undefined) return null
  if (!/^\d{1,9}$/.test(code)) {
    return failure(Code.Unknown, `transport: malformed grpc-status: ${JSON.stringify(code)}`)
  }
  const details = field(raw, 'grpc-status-details-bin')
  return {
    code: Number(code),
    message: percentDecoded(field(raw, 'grpc-message') ?? ''),
    details: details === undefined ? null : Buffer.from(details, 'base64'),
  }
}

export function field(raw: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i] === name) return raw[i + 1]
  return undefined
}

/** What is no escape stays as it is. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return fromLatin1(text)
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return fromLatin1(bytes)
}
