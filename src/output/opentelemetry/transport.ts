/**
 * How an export reaches a collector: OTLP over HTTP, or over gRPC.
 *
 * Errors  PushError; one that looks like TLS against plain text names the setting
 */
import { createRequire } from 'node:module'
import { HttpClient } from '../push/http-client.js'
import { PushError } from '../push/pusher.js'
import type { OpenTelemetryOptions } from './options.js'

const require = createRequire(import.meta.url)

export interface Transport {
  send(body: Uint8Array, signal: AbortSignal): Promise<void>
  close(): void
}

export function createTransport(
  options: OpenTelemetryOptions,
  { userAgent }: { readonly userAgent: string },
): Transport {
  return options.protocol === 'grpc' ? new GrpcTransport(options, userAgent) : new HttpTransport(options, userAgent)
}

class HttpTransport implements Transport {
  readonly #client: HttpClient
  readonly #options: OpenTelemetryOptions
  readonly #url: URL
  readonly #headers: Readonly<Record<string, string>>

  constructor(options: OpenTelemetryOptions, userAgent: string) {
    const { tls, timeoutMs, isInsecure, endpoint, path, headers, compresses, proxy } = options
    this.#options = options
    this.#url = new URL(`${isInsecure ? 'http' : 'https'}://${endpoint}${path}`)
    this.#client = new HttpClient({ timeoutMs, tls, ...(proxy !== undefined && { proxy }) })
    this.#headers = {
      'User-Agent': userAgent,
      ...(headers['Authorization'] !== undefined && { Authorization: headers['Authorization'] }),
      'Content-Type': 'application/x-protobuf',
      ...headers,
      'Accept-Encoding': 'gzip',
      ...(compresses && { 'Content-Encoding': 'gzip' }),
    }
  }

  async send(body: Uint8Array, signal: AbortSignal): Promise<void> {
    const { gzipSync } = require('node:zlib') as typeof import('node:zlib')
    const sent = this.#options.compresses ? gzipSync(body) : body
    try {
      await this.#client.post({ url: this.#url, headers: this.#headers, body: sent, signal })
    } catch (error) {
      throw explained(error as PushError, 'K6_OTEL_HTTP_EXPORTER_INSECURE=true')
    }
  }

  close(): void {
    this.#client.close()
  }
}

const METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'
/** The codes that OTLP allows to try again: cancelled, deadline exceeded, resource exhausted, aborted, out of range, unavailable, data loss. */
const RETRYABLE = [1, 4, 8, 10, 11, 14, 15]
const GZIP = 2

class GrpcTransport implements Transport {
  readonly #client: import('@grpc/grpc-js').Client
  readonly #metadata: import('@grpc/grpc-js').Metadata
  readonly #timeoutMs: number

  constructor({ tls, isInsecure, endpoint, headers, compresses, timeoutMs }: OpenTelemetryOptions, userAgent: string) {
    const { Client, Metadata, credentials } = require('@grpc/grpc-js') as typeof import('@grpc/grpc-js')
    const secure = credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null, {
      rejectUnauthorized: tls.skipVerify !== true,
    })
    this.#timeoutMs = timeoutMs
    this.#client = new Client(endpoint, isInsecure ? credentials.createInsecure() : secure, {
      'grpc.primary_user_agent': userAgent,
      // The pusher tries again.
      'grpc.enable_retries': 0,
      ...(compresses && { 'grpc.default_compression_algorithm': GZIP }),
    })
    this.#metadata = new Metadata()
    for (const [name, value] of Object.entries(headers)) this.#metadata.set(name, value)
  }

  send(body: Uint8Array, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        METHOD,
        (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        (bytes: Buffer) => bytes,
        body,
        this.#metadata,
        { deadline: Date.now() + this.#timeoutMs },
        (error) => {
          signal.removeEventListener('abort', cancel)
          if (error === null) resolve()
          else reject(explained(grpcError(error), 'K6_OTEL_GRPC_EXPORTER_INSECURE=true'))
        },
      )
      const cancel = (): void => call.cancel()
      signal.addEventListener('abort', cancel, { once: true })
    })
  }

  close(): void {
    this.#client.close()
  }
}

function grpcError({ code, details, message }: import('@grpc/grpc-js').ServiceError): PushError {
  return new PushError(`rpc error: code = ${code} desc = ${details || message}`, {
    isRetryable: RETRYABLE.includes(code),
  })
}

/** Adds what to do about the most frequent mistake: TLS is the default, and collectors on localhost have none. */
function explained(error: PushError, setting: string): PushError {
  if (!/wrong version number|packet length too long|EPROTO/i.test(error.message)) return error
  const { isRetryable, retryAfterMs, message } = error
  return new PushError(`${message}; the collector does not speak TLS: set ${setting}`, {
    isRetryable,
    retryAfterMs,
    cause: error,
  })
}
