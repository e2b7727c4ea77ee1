/**
 * The output `influxdb`: every sample as a line, over HTTP (InfluxDB 1 and 2) or UDP.
 *
 * Source  docs/spec/outputs.md §3
 */
import type { Socket } from 'node:dgram'
import { createRequire } from 'node:module'
import type { MetricDefinition } from '../../metrics/metric.js'
import type { Tags } from '../../metrics/tag-set.js'
import type { Delivery, Output, OutputContext, Samples } from '../output.js'
import { HttpClient } from '../push/http-client.js'
import { PushError, Pusher, type PushTarget } from '../push/pusher.js'
import { measurement, numberText, type TagText, tagText } from './line.js'
import { type InfluxOptions, influxOptions } from './options.js'

const require = createRequire(import.meta.url)

const LINES_PER_REQUEST = 5000
/** How many lines may wait; a million of them take about 150 MB. */
const MOST_QUEUED = 1_000_000
const TIMEOUT_MS = 10_000
/** A server that does not answer the query may still take samples, so writing begins after this time. */
const CREATE_TIMEOUT_MS = 2000
const NS_PER_MS = 1e6
/** A timestamp is in nanoseconds and our clock gives microseconds: a microsecond has room for this many different timestamps. */
const STEPS_PER_MICROSECOND = 1000

interface Job {
  readonly lines: string
  readonly count: number
}

export class InfluxOutput implements Output, PushTarget<Job> {
  readonly description: string
  readonly #options: InfluxOptions
  readonly #context: OutputContext
  readonly #client: HttpClient
  readonly #pusher: Pusher<Job>
  readonly #tagTexts = new WeakMap<Tags, TagText>()
  /** The time of the last sample, and how many samples before it had the same time. */
  #lastMicroseconds = 0
  #step = 0
  #pending: string[] = []
  #full: Job[] = []
  #socket: Socket | null = null
  /** Resolves when the database has been created, or could not be. */
  #database: Promise<void> = Promise.resolve()
  #hasWarnedOfPrecision = false
  readonly #lastTimes = new Map<string, number>()

  constructor(argument: string, context: OutputContext) {
    this.#options = influxOptions(argument, context)
    this.#context = context
    const { base, v2, skipVerify, concurrentWrites, pushIntervalMs, proxy } = this.#options
    this.description = v2 === undefined ? `InfluxDBv1 (${base})` : `InfluxDBv2 (${base})`
    this.#client = new HttpClient({
      timeoutMs: TIMEOUT_MS,
      tls: { skipVerify },
      concurrency: concurrentWrites,
      ...(proxy !== undefined && { proxy }),
    })
    this.#pusher = new Pusher<Job>(this, {
      name: v2 === undefined ? 'InfluxDBv1' : 'InfluxDBv2',
      log: context.log,
      unit: 'samples',
      intervalMs: pushIntervalMs,
      concurrency: concurrentWrites,
      mostQueued: MOST_QUEUED,
    })
  }

  start(): void {
    if (this.#options.protocol === 'udp') this.#openSocket()
    else if (this.#options.v2 === undefined) this.#database = this.#createDatabase()
    this.#pusher.start()
  }

  onSamples(samples: Samples): void {
    let unrepresentable = 0
    for (let i = 0; i < samples.length; i++) {
      const { name } = samples.metrics[samples.metric[i] as number] as MetricDefinition
      const tags = samples.tagSets[samples.tagSet[i] as number] as Tags
      const value = numberText(samples.value[i] as number)
      if (value === undefined) {
        unrepresentable++
        continue
      }
      const text = this.#tagTextOf(tags)
      const series = `${measurement(name)}${text.tags}`
      this.#pending.push(
        `${series} ${text.fields}value=${value} ${this.#timestamp(samples.time[i] as number, series)}\n`,
      )
      if (this.#pending.length === LINES_PER_REQUEST) this.#closeJob()
    }
    if (unrepresentable > 0) this.#pusher.lose(unrepresentable, 'InfluxDB cannot hold infinite numbers')
  }

  async stop(): Promise<void> {
    await this.#pusher.stop()
    this.#client.close()
    this.#socket?.close()
  }

  delivery(): Delivery {
    return this.#pusher.delivery()
  }

  collect(): Job[] {
    if (this.#pending.length > 0) this.#closeJob()
    const jobs = this.#full
    this.#full = []
    return jobs
  }

  sizeOf({ count }: Job): number {
    return count
  }

  async send({ lines }: Job, signal: AbortSignal): Promise<void> {
    if (this.#socket !== null) return this.#sendDatagrams(lines, this.#socket)
    await this.#database
    const { base, db, precision, consistency, retention, headers, v2 } = this.#options
    const query: Record<string, string> =
      v2 === undefined
        ? { consistency, db, precision: precision.name, rp: retention }
        : { org: v2.org, bucket: v2.bucket, precision: precision.name === 'u' ? 'us' : precision.name }
    const url = new URL(`${base}${v2 === undefined ? '/write' : '/api/v2/write'}`)
    url.search = new URLSearchParams(query).toString()
    const { gzipSync } = require('node:zlib') as typeof import('node:zlib')
    const compressed = { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain; charset=utf-8' }
    await this.#client.post({
      url,
      headers: { 'User-Agent': this.#context.userAgent, ...headers, ...compressed },
      body: gzipSync(lines),
      signal,
    })
  }

  #closeJob(): void {
    this.#full.push({ lines: this.#pending.join(''), count: this.#pending.length })
    this.#pending = []
  }

  #tagTextOf(tags: Tags): TagText {
    let text = this.#tagTexts.get(tags)
    if (text === undefined) {
      text = tagText(tags, this.#options.tagsAsFields)
      this.#tagTexts.set(tags, text)
    }
    return text
  }

  /** InfluxDB keeps one of two samples of a series that have the same time. */
  #timestamp(ms: number, series: string): string {
    const { nanoseconds } = this.#options.precision
    if (nanoseconds === 1) return this.#nanosecondTime(ms)
    const time = Math.floor((ms * NS_PER_MS) / nanoseconds)
    if (!this.#hasWarnedOfPrecision) this.#watchPrecision(series, time)
    return String(time)
  }

  /** Samples of the same microsecond differ in the last three digits. */
  #nanosecondTime(ms: number): string {
    const microseconds = Math.floor(ms * 1000)
    this.#step = microseconds === this.#lastMicroseconds ? Math.min(this.#step + 1, STEPS_PER_MICROSECOND - 1) : 0
    this.#lastMicroseconds = microseconds
    return `${microseconds}${String(this.#step).padStart(3, '0')}`
  }

  #watchPrecision(series: string, time: number): void {
    if (this.#lastTimes.get(series) === time) {
      this.#hasWarnedOfPrecision = true
      this.#lastTimes.clear()
      this.#context.log.warning(
        `the precision ${this.#options.precision.name} of the InfluxDB output is too coarse: samples of one series have the same time, ` +
          'and InfluxDB keeps only the last of them',
        { hint: 'leave precision out, it is nanoseconds then' },
      )
      return
    }
    this.#lastTimes.set(series, time)
  }

  /** When it fails writing goes on: the database may exist already. */
  async #createDatabase(): Promise<void> {
    const { base, db, headers } = this.#options
    const url = new URL(`${base}/query`)
    const name = /^[A-Za-z_][A-Za-z0-9_]*$/.test(db) ? db : `"${db.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
    url.search = new URLSearchParams({ db: '', params: '{}', q: `CREATE DATABASE ${name}` }).toString()
    try {
      const signal = AbortSignal.timeout(CREATE_TIMEOUT_MS)
      await this.#client.post({ url, headers: { 'User-Agent': this.#context.userAgent, ...headers }, body: '', signal })
    } catch (error) {
      this.#context.log.warning(`the InfluxDB output could not create the database "${db}"`, {
        error: (error as Error).message,
      })
    }
  }

  #openSocket(): void {
    const { createSocket } = require('node:dgram') as typeof import('node:dgram')
    const { host } = this.#options
    this.#socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    this.#socket.on('error', () => undefined)
    this.#socket.unref()
  }

  /** As many whole lines per datagram as fit. */
  async #sendDatagrams(lines: string, socket: Socket): Promise<void> {
    const { payloadSize, host, port } = this.#options
    let datagram = ''
    const datagrams: string[] = []
    for (const line of lines.split('\n').slice(0, -1)) {
      if (datagram !== '' && Buffer.byteLength(datagram) + Buffer.byteLength(line) + 1 > payloadSize) {
        datagrams.push(datagram)
        datagram = ''
      }
      datagram += `${line}\n`
    }
    for (const text of [...datagrams, datagram]) {
      await new Promise<void>((resolve, reject) => {
        socket.send(text, port, host.replace(/^\[|\]$/g, ''), (error) => {
          if (error) reject(new PushError(error.message, { isRetryable: false, cause: error }))
          else resolve()
        })
      })
    }
  }
}
