/**
 * `--log-output=loki`: the log of a run, pushed to Grafana Loki.
 *
 *   record ─► held (≤ limit per period) ─every pushPeriod─► one POST with a stream for each set of labels
 *
 * The level and the fields of a record are labels. With `allowedLabels` those that are not in the list go to the end of the line, because many
 * different labels cost Loki much. Lines are raw: the message alone.
 *
 * Errors  nothing here throws or ends a run. `onFailure` is called for the first push that fails, and at the end with the number of messages
 *         that did not arrive
 * Source  docs/spec/metrics-and-modules.md §4.3; the push API at grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
import { formatDuration, parseDuration } from '../base/duration.js'
import { LogOutputError } from './output-error.js'
import { type LogLevel, type LogRecord, parseLogLevel } from './record.js'

export interface LokiSettings {
  readonly url: string
  /** Milliseconds. */
  readonly pushPeriod: number
  /** The most messages in one period; further ones are dropped and counted. */
  readonly limit: number
  /** The most bytes of a line; longer lines are cut. */
  readonly msgMaxSize: number
  readonly level: LogLevel | undefined
  /** The labels that every line has. */
  readonly labels: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** Undefined allows all. */
  readonly allowedLabels: readonly string[] | undefined
  /** Tells at the end how many pushes there were, and how long they took. */
  readonly profile: boolean
}

const DEFAULTS: LokiSettings = {
  url: 'http://127.0.0.1:3100/loki/api/v1/push',
  pushPeriod: 1000,
  limit: 100,
  msgMaxSize: 1024 * 1024,
  level: undefined,
  labels: {},
  headers: {},
  allowedLabels: undefined,
  profile: false,
}

/** A push that takes longer has failed. */
const PUSH_TIMEOUT_MS = 5000
/** How many pushes may wait for a slow one. Further ones are lost and counted, so that the log does not fill the memory or delay the end. */
const MAX_WAITING = 2

/** Reads what follows `loki=`: an address and settings, with commas between. Throws LogOutputError. */
export function parseLokiSettings(text: string): LokiSettings {
  const [first = '', ...others] = text.split(/,(?![^[]*\])/)
  const isAddress = first === '' || first.includes('://')
  const settings: { -readonly [K in keyof LokiSettings]: LokiSettings[K] } = { ...DEFAULTS }
  if (first !== '' && isAddress) settings.url = addressOf(first)
  for (const word of isAddress ? others : [first, ...others]) {
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(word) ?? []
    switch (key) {
      case 'pushPeriod':
        settings.pushPeriod = periodOf(value)
        break
      case 'limit':
      case 'msgMaxSize':
        settings[key] = positive(key, value)
        break
      case 'level':
        settings.level = levelOf(value)
        break
      case 'allowedLabels':
        settings.allowedLabels = value
          .replace(/^\[|\]$/g, '')
          .split(',')
          .filter(Boolean)
        break
      case 'profile':
        settings.profile = true
        break
      default: {
        const [, kind, name] = /^(label|header)\.(.+)$/s.exec(key) ?? []
        if (kind === undefined || name === undefined) throw new LogOutputError(`unknown loki config key ${key}`, KEYS)
        if (kind === 'label') settings.labels = { ...settings.labels, [name]: value }
        else settings.headers = { ...settings.headers, [name]: headerOf(name, value) }
      }
    }
  }
  return settings
}

const KEYS = 'keys are pushPeriod, limit, msgMaxSize, level, label.NAME, header.NAME, allowedLabels=[A,B] and profile'

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new LogOutputError(`'${text}' is no address of Loki`, `write it whole, for example ${DEFAULTS.url}`)
  }
  return text
}

function periodOf(text: string): number {
  const period = parseDuration(text)
  if (period !== undefined && period > 0) return period
  throw new LogOutputError(`couldn't parse the loki pushPeriod '${text}'`, 'give a duration, for example pushPeriod=5s')
}

function positive(key: string, text: string): number {
  const number = text === '' ? Number.NaN : Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new LogOutputError(
    `loki ${key} needs to be a positive number, is ${text}`,
    `for example ${key}=${DEFAULTS.limit}`,
  )
}

function levelOf(text: string): LogLevel {
  const level = parseLogLevel(text)
  if (level === undefined)
    throw new LogOutputError(`unknown log level ${text}`, 'levels are debug, info, warning and error')
  return level
}

function headerOf(name: string, value: string): string {
  try {
    new Headers([[name, value]])
    return value
  } catch (error) {
    throw new LogOutputError(`loki header '${name}' cannot be sent: ${(error as Error).message}`)
  }
}

/** The time in nanoseconds since 1970, and the line. */
type Entry = readonly [time: string, line: string]

export class LokiPusher {
  readonly #settings: LokiSettings
  /** A line without its newline. */
  readonly #format: (record: LogRecord) => string
  readonly #onFailure: (message: string) => void
  /** The lines since the last push, by their labels as JSON. */
  #streams = new Map<string, Entry[]>()
  #inPeriod = 0
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  #hasFailed = false
  readonly #pushes = { messages: 0, requests: 0, failedMessages: 0, slowest: 0 }

  constructor(settings: LokiSettings, format: (record: LogRecord) => string, onFailure: (message: string) => void) {
    this.#settings = settings
    this.#format = format
    this.#onFailure = onFailure
  }

  write(record: LogRecord): void {
    if (this.#inPeriod >= this.#settings.limit) this.#dropped++
    else {
      this.#inPeriod++
      this.#hold(record)
    }
    this.#timer ??= setTimeout(() => this.#push(), this.#settings.pushPeriod)
  }

  countDropped(count: number): void {
    this.#dropped += count
  }

  /** Pushes the held lines, waits for the answers, and reports what did not arrive. */
  async close(): Promise<void> {
    this.#push()
    await this.#last
    const { messages, requests, failedMessages, slowest } = this.#pushes
    if (failedMessages > 0) this.#onFailure(`${failedMessages} of ${messages} log messages did not reach Loki`)
    if (this.#settings.profile) {
      this.#onFailure(
        `${messages} log messages in ${requests} pushes to Loki, the slowest took ${Math.round(slowest)} ms`,
      )
    }
  }

  #hold(record: LogRecord): void {
    const { allowedLabels, labels: fixed } = this.#settings
    const all: Record<string, string> = { level: record.level }
    for (const [name, value] of Object.entries(record.fields)) all[name] = String(value)
    const labels: Record<string, string> = {}
    let line = this.#format(record)
    for (const [name, value] of Object.entries({ ...all, ...fixed }).sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (allowedLabels === undefined || allowedLabels.includes(name)) labels[labelName(name)] = value
      else line += ` ${name}=${value}`
    }
    const key = JSON.stringify(labels)
    const entries = this.#streams.get(key) ?? []
    this.#streams.set(key, entries)
    entries.push([`${Math.trunc(record.time)}000000`, this.#cut(line)])
  }

  #cut(line: string): string {
    const { msgMaxSize } = this.#settings
    if (line.length * 3 <= msgMaxSize) return line
    const bytes = Buffer.from(line)
    return bytes.length <= msgMaxSize
      ? line
      : bytes
          .subarray(0, msgMaxSize)
          .toString()
          .replace(/\ufffd+$/, '')
  }

  /** Pushes one after the other, because Loki wants the lines of a stream in order. */
  #push(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#tellDropped()
    const streams = this.#streams
    if (streams.size === 0) return
    this.#streams = new Map()
    const count = this.#inPeriod
    this.#inPeriod = 0
    this.#pushes.messages += count
    if (this.#waiting > MAX_WAITING) {
      this.#pushes.failedMessages += count
      return
    }
    this.#waiting++
    this.#last = this.#last.then(() => this.#send(streams, count)).then(() => void this.#waiting--)
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return
    const { limit, pushPeriod } = this.#settings
    const msg = `sockeye dropped ${this.#dropped} log messages because they were above the limit of ${limit} messages / ${formatDuration(pushPeriod)}`
    this.#dropped = 0
    this.#inPeriod++
    this.#hold({ level: 'warning', msg, fields: {}, time: Date.now() })
  }

  async #send(streams: ReadonlyMap<string, readonly Entry[]>, count: number): Promise<void> {
    const started = performance.now()
    this.#pushes.requests++
    try {
      // Lines of several shards come in batches, not in order.
      const inOrder = (entries: readonly Entry[]) => entries.toSorted(([a], [b]) => Number(a > b) - Number(a < b))
      const body = [...streams].map(([labels, entries]) => ({ stream: JSON.parse(labels), values: inOrder(entries) }))
      const { address, authorization } = withoutCredentials(this.#settings.url)
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization, ...this.#settings.headers },
        body: JSON.stringify({ streams: body }),
        signal: AbortSignal.timeout(PUSH_TIMEOUT_MS),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${text.trim().slice(0, 300)}`)
    } catch (error) {
      if (!this.#hasFailed) this.#onFailure(`could not push the log to Loki: ${reasonOf(error)}`)
      this.#hasFailed = true
      this.#pushes.failedMessages += count
    } finally {
      this.#pushes.slowest = Math.max(this.#pushes.slowest, performance.now() - started)
    }
  }
}

/** Loki's names have letters, digits and underscores. */
function labelName(name: string): string {
  return name.replace(/\W/g, '_').replace(/^(?=\d)/, '_')
}

/** `fetch` refuses addresses with a user and password in them. */
function withoutCredentials(text: string): { address: URL; authorization: Record<string, string> } {
  const address = new URL(text)
  const [user, password] = [decodeURIComponent(address.username), decodeURIComponent(address.password)]
  address.username = ''
  address.password = ''
  if (user === '' && password === '') return { address, authorization: {} }
  const credentials = Buffer.from(`${user}:${password}`).toString('base64')
  return { address, authorization: { authorization: `Basic ${credentials}` } }
}

/** The reason why `fetch` failed, which is in the cause of its error. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return (cause instanceof Error && cause.message !== '' ? cause : (error as Error)).message
}
