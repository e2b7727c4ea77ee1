/**
 * The outputs `statsd` and `datadog`: samples as datagrams to a StatsD server or a Datadog agent, which sums them up.
 *
 *   counter ▸ c, summed up per interval     gauge ▸ g, the last value     trend ▸ ms (or d), each value
 *   rate    ▸ c with the tag condition:nonzero or condition:zero; without tags <name>.nonzero and <name>.zero
 *
 * Settings  K6_STATSD_ADDR, NAMESPACE, PUSH_INTERVAL, BUFFER_SIZE (samples per look), ENABLE_TAGS, TAG_BLOCKLIST, DISTRIBUTIONS
 * Source    docs/spec/outputs.md §6.4 (STD-01)
 */
import type { Socket } from 'node:dgram'
import { createRequire } from 'node:module'
import type { MetricDefinition } from '../../metrics/metric.js'
import type { Tags } from '../../metrics/tag-set.js'
import type { Delivery, Output, OutputContext, Samples } from '../output.js'
import { ErrorLog } from '../push/error-log.js'
import { keyValues, Settings } from '../settings.js'

const require = createRequire(import.meta.url)

/** Bytes. A datagram of this size crosses Ethernet without being cut into fragments. */
const LARGEST_DATAGRAM = 1432
/** Values of trends that may wait until the next interval. */
const MOST_WAITING = 200_000

export class StatsdOutput implements Output {
  readonly description: string
  readonly #host: string
  readonly #port: number
  readonly #namespace: string
  readonly #pushIntervalMs: number
  readonly #blockedTags: ReadonlySet<string>
  readonly #withTags: boolean
  readonly #trendType: 'ms' | 'd'
  readonly #errors: ErrorLog
  #socket: Socket | null = null
  #timer: NodeJS.Timeout | undefined
  /** The sums and last values since the last flush, by their line with `\0` in the place of the value. */
  #counters = new Map<string, number>()
  #gauges = new Map<string, number>()
  #lines: string[] = []
  #delivered = 0
  #lost = 0
  #lastError: string | undefined
  readonly #tagTexts = new WeakMap<Tags, string>()

  constructor(type: 'statsd' | 'datadog', argument: string, context: OutputContext) {
    const pairs = keyValues(argument) ?? new Map([['addr', [argument]]])
    const settings = new Settings(type, pairs, context)
    const address = settings.text({ env: 'STATSD_ADDR', key: 'addr' }) ?? 'localhost:8125'
    const match = /^(?:udp:\/\/)?(.+):(\d+)$/.exec(address)
    if (match === null) throw settings.refuse(`the address must be host:port, got "${address}"`)
    this.#host = (match[1] as string).replace(/^\[|\]$/g, '')
    this.#port = Number(match[2])
    const namespace = settings.text({ env: 'STATSD_NAMESPACE', key: 'namespace' }) ?? 'k6.'
    this.#namespace = namespace === '' || namespace.endsWith('.') ? namespace : `${namespace}.`
    this.#pushIntervalMs = settings.interval({ env: 'STATSD_PUSH_INTERVAL', key: 'pushInterval' }, 1000)
    this.#withTags = settings.boolean({ env: 'STATSD_ENABLE_TAGS', key: 'enableTags' }, type === 'datadog')
    this.#trendType = settings.boolean({ env: 'STATSD_DISTRIBUTIONS', key: 'distributions' }) ? 'd' : 'ms'
    this.#blockedTags = new Set(
      settings.list({ env: 'STATSD_TAG_BLOCKLIST', key: 'tagBlocklist' }) ?? ['vu', 'iter', 'url'],
    )
    this.description = `${type} (${address})`
    this.#errors = new ErrorLog(context.log, type)
  }

  start(): void {
    const { createSocket } = require('node:dgram') as typeof import('node:dgram')
    this.#socket = createSocket(this.#host.includes(':') ? 'udp6' : 'udp4')
    this.#socket.on('error', (error) => this.#failed(error))
    this.#timer = setInterval(() => void this.#flush(), this.#pushIntervalMs)
  }

  onSamples(samples: Samples): void {
    for (let i = 0; i < samples.length; i++) {
      const metric = samples.metrics[samples.metric[i] as number] as MetricDefinition
      const tags = this.#tagsOf(samples.tagSets[samples.tagSet[i] as number] as Tags)
      this.#add(metric, tags, samples.value[i] as number)
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#flush()
    this.#socket?.close()
    this.#socket = null
  }

  delivery(): Delivery {
    return {
      unit: 'values',
      delivered: this.#delivered,
      lost: this.#lost,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    }
  }

  #add({ name, type }: MetricDefinition, tags: string, value: number): void {
    if (!Number.isFinite(value)) {
      this.#lost++
      this.#lastError = 'StatsD has no infinite numbers'
      return
    }
    const full = this.#namespace + name
    switch (type) {
      case 'counter':
        return this.#count(`${full}:`, `|c${hash(tags)}`, value)
      case 'gauge':
        this.#gauges.set(`${full}:\0|g${hash(tags)}`, value)
        return
      case 'rate': {
        const condition = value === 0 ? 'zero' : 'nonzero'
        if (!this.#withTags) return this.#count(`${full}.${condition}:`, '|c', 1)
        return this.#count(`${full}:`, `|c|#${tags === '' ? '' : `${tags},`}condition:${condition}`, 1)
      }
      case 'trend':
        if (this.#lines.length < MOST_WAITING) this.#lines.push(`${full}:${value}|${this.#trendType}${hash(tags)}`)
        else this.#drop()
        return
      default:
        return type satisfies never
    }
  }

  #drop(): void {
    this.#lost++
    this.#lastError = 'there were too many values for one interval'
  }

  #count(before: string, after: string, value: number): void {
    const key = `${before}\0${after}`
    this.#counters.set(key, (this.#counters.get(key) ?? 0) + value)
  }

  #tagsOf(tags: Tags): string {
    if (!this.#withTags) return ''
    let text = this.#tagTexts.get(tags)
    if (text === undefined) {
      text = Object.entries(tags)
        .filter(([key, value]) => key !== '' && value !== '' && !this.#blockedTags.has(key))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${clean(key)}:${clean(value)}`)
        .join(',')
      this.#tagTexts.set(tags, text)
    }
    return text
  }

  async #flush(): Promise<void> {
    const lines = [
      ...[...this.#counters].map(([key, value]) => key.replace('\0', String(value))),
      // StatsD reads a number with a sign as a change of the gauge, so a negative gauge is set to 0 first.
      ...[...this.#gauges].flatMap(([key, value]) =>
        value < 0 ? [key.replace('\0', '0'), key.replace('\0', String(value))] : [key.replace('\0', String(value))],
      ),
      ...this.#lines,
    ]
    this.#counters = new Map()
    this.#gauges = new Map()
    this.#lines = []
    for (const { text, count } of datagrams(lines)) await this.#send(text, count)
  }

  #send(text: string, count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket === null) return resolve()
      this.#socket.send(text, this.#port, this.#host, (error) => {
        if (error) {
          this.#lost += count
          this.#failed(error)
        } else this.#delivered += count
        resolve()
      })
    })
  }

  #failed(error: Error): void {
    this.#lastError = error.message
    this.#errors.report(error.message)
  }
}

function hash(tags: string): string {
  return tags === '' ? '' : `|#${tags}`
}

/** Replaces the characters that separate lines, fields and tags. */
function clean(text: string): string {
  return text.replace(/[|,#\n\r]/g, '_')
}

/** Packs whole lines into datagrams, as many as fit. A line that is longer than a datagram goes by itself. */
function* datagrams(lines: readonly string[]): Iterable<{ text: string; count: number }> {
  let [text, count, size] = ['', 0, 0]
  for (const line of lines) {
    const length = Buffer.byteLength(line) + 1
    if (count > 0 && size + length > LARGEST_DATAGRAM) {
      yield { text, count }
      ;[text, count, size] = ['', 0, 0]
    }
    text += count === 0 ? line : `\n${line}`
    size += length
    count++
  }
  if (count > 0) yield { text, count }
}
