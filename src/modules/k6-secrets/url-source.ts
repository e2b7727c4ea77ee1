/**
 * Secrets from a server: each is requested once by each thread.
 *
 * Units   milliseconds
 * Errors  HostError when the server does not give a secret, SecretSourceError for a wrong configuration
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseDuration } from '../../base/duration.js'
import { type DownloadError, download } from '../../net/download.js'
import { HostError } from '../../vu/host-error.js'
import { SecretSourceError } from './secret-source-error.js'

/** Plain data, because it is sent to other threads. */
export interface UrlSourceConfig {
  /** `{key}` stands for the name of the secret. */
  readonly urlTemplate: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** The path of the value in a JSON answer, `data.value`; empty when the whole text is the value. */
  readonly responsePath: string
  readonly timeout: number
  readonly maxRetries: number
  readonly retryBackoff: number
  readonly requestsPerMinuteLimit: number
  readonly requestsBurst: number
}

const VARIABLE = 'SECRET_SOURCE_URL_'

/** Settings that the command line does not give come from the environment. */
export function readUrlConfig(
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): UrlSourceConfig {
  const text = (key: string, variable: string): string | undefined =>
    given[key] ?? env[`SOCKEYE_${VARIABLE}${variable}`] ?? env[`K6_${VARIABLE}${variable}`]
  const urlTemplate = text('urlTemplate', 'URL_TEMPLATE') ?? ''
  if (!urlTemplate.includes('{key}') || !/^https?:\/\//.test(urlTemplate)) {
    const message = 'the secret source url needs a urlTemplate that is a URL with {key} in it'
    throw new SecretSourceError(message, 'for example url=urlTemplate=https://vault.example.com/secrets/{key}')
  }
  return {
    urlTemplate,
    method: (text('method', 'METHOD') ?? 'GET').toUpperCase(),
    headers: { ...headersOf(env), ...headersIn(given) },
    responsePath: text('responsePath', 'RESPONSE_PATH') ?? '',
    timeout: duration('timeout', text('timeout', 'TIMEOUT') ?? '30s'),
    maxRetries: count('maxRetries', text('maxRetries', 'MAX_RETRIES') ?? '3'),
    retryBackoff: duration('retryBackoff', text('retryBackoff', 'RETRY_BACKOFF') ?? '1s'),
    requestsPerMinuteLimit: count(
      'requestsPerMinuteLimit',
      text('requestsPerMinuteLimit', 'REQUESTS_PER_MINUTE_LIMIT') ?? '300',
    ),
    requestsBurst: count('requestsBurst', text('requestsBurst', 'REQUESTS_BURST') ?? '10'),
  }
}

/** `K6_SECRET_SOURCE_URL_HEADER_1=Authorization: Bearer …` */
function headersOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(env).filter(([name]) => /^(SOCKEYE|K6)_SECRET_SOURCE_URL_HEADER_/.test(name))
  return Object.fromEntries(
    entries.map(([name, value = '']) => {
      const colon = value.indexOf(':')
      if (colon < 0) throw new SecretSourceError(`the variable ${name} needs the form "Name: value"`)
      return [value.slice(0, colon).trim(), value.slice(colon + 1).trim()]
    }),
  )
}

function headersIn(given: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(given).filter(([key]) => key.startsWith('headers.'))
  return Object.fromEntries(entries.map(([key, value]) => [key.slice('headers.'.length), value]))
}

function duration(name: string, text: string): number {
  const value = parseDuration(text)
  if (value !== undefined) return value
  throw new SecretSourceError(`${name} of the secret source url is no duration: "${text}"`, 'write 30s')
}

function count(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  throw new SecretSourceError(`${name} of the secret source url is no whole number: "${text}"`)
}

export class UrlSource {
  readonly #config: UrlSourceConfig
  readonly #values = new Map<string, Promise<string>>()
  /** Requests that may be sent at once; one comes back every 60 s / requestsPerMinuteLimit. */
  #tokens: number
  #countedAt = performance.now()

  constructor(config: UrlSourceConfig) {
    this.#config = config
    this.#tokens = Math.max(1, config.requestsBurst)
  }

  async get(key: string): Promise<string> {
    let value = this.#values.get(key)
    if (value === undefined) {
      value = this.#fetch(key)
      this.#values.set(key, value)
      // A failure is not kept: the next call tries again.
      value.catch(() => this.#values.delete(key))
    }
    return await value
  }

  async #fetch(key: string): Promise<string> {
    const { urlTemplate, method, headers, timeout, maxRetries, retryBackoff } = this.#config
    const url = urlTemplate.replaceAll('{key}', encodeURIComponent(key))
    for (let attempt = 0; ; attempt++) {
      await this.#turn()
      try {
        const { body } = await download(url, { method, headers, limitMs: timeout, allowsHttp: true })
        return this.#valueIn(body.toString('utf8'), key)
      } catch (error) {
        const { status, message } = error as DownloadError
        const isTemporary = status === undefined || status === 429 || status >= 500
        if (error instanceof HostError) throw error
        if (!isTemporary || attempt >= maxRetries)
          throw new HostError(`the secret "${key}" cannot be fetched: ${message}`)
        await delay(retryBackoff * 2 ** attempt)
      }
    }
  }

  async #turn(): Promise<void> {
    const { requestsPerMinuteLimit, requestsBurst } = this.#config
    if (requestsPerMinuteLimit === 0) return
    const interval = 60_000 / requestsPerMinuteLimit
    const now = performance.now()
    this.#tokens = Math.min(Math.max(1, requestsBurst), this.#tokens + (now - this.#countedAt) / interval)
    this.#countedAt = now
    this.#tokens -= 1
    if (this.#tokens < 0) await delay(-this.#tokens * interval)
  }

  #valueIn(text: string, key: string): string {
    const { responsePath } = this.#config
    if (responsePath === '') return text
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw new HostError(`the answer for the secret "${key}" is no JSON`)
    }
    for (const part of responsePath.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[part]
    if (typeof value === 'string') return value
    throw new HostError(`the answer for the secret "${key}" has no text at "${responsePath}"`)
  }
}
