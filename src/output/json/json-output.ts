/**
 * The output `json`: one JSON object per line, a description of each metric before its first sample.
 *
 *   -o json=out.json    -o json=out.json.gz    -o json=out.json?drop    -o json (or json=-) writes to stdout
 *
 * Source  docs/spec/metrics-and-modules.md 5.1
 */
import type { MetricDefinition } from '../../metrics/metric.js'
import type { Tags } from '../../metrics/tag-set.js'
import type { ParsedThresholds } from '../../threshold/parse.js'
import type { Delivery, Output, OutputContext, Samples } from '../output.js'
import { fileOf, fileTarget, TextWriter } from '../text-writer.js'
import { timeFormatter } from '../time-format.js'
import { metricLine } from './metric-line.js'

const FLUSH_INTERVAL_MS = 200

export class JsonOutput implements Output {
  readonly description: string
  readonly file: string | undefined
  readonly stopLimitMs = Number.POSITIVE_INFINITY
  readonly #writer: TextWriter
  readonly #thresholds: ParsedThresholds
  readonly #time = timeFormatter('rfc3339_nano')
  readonly #described = new Set<string>()
  /** The part of a line that depends on its metric. */
  readonly #heads = new WeakMap<MetricDefinition, string>()
  readonly #tags = new WeakMap<Tags, string>()

  constructor(argument: string, { log, stdout, workingDirectory, thresholds }: OutputContext) {
    const target = fileTarget(argument === '' ? '-' : argument)
    this.description = target.path === '-' ? 'json(stdout)' : `json (${target.path})`
    this.file = fileOf(target, workingDirectory)
    this.#thresholds = thresholds
    this.#writer = new TextWriter({
      target,
      owner: 'json',
      flushIntervalMs: FLUSH_INTERVAL_MS,
      log,
      stdout,
      workingDirectory,
    })
  }

  start(): Promise<void> {
    return this.#writer.open()
  }

  onSamples(samples: Samples): Promise<void> | undefined {
    for (let i = 0; i < samples.length; i++) {
      const metric = samples.metrics[samples.metric[i] as number] as MetricDefinition
      const tags = samples.tagSets[samples.tagSet[i] as number] as Tags
      if (!this.#described.has(metric.name)) this.#describe(metric)
      const metadata = samples.metadata?.[i]
      const tail = metadata === undefined ? '' : `,"metadata":${JSON.stringify(sorted(metadata))}`
      const time = this.#time(samples.time[i] as number)
      const number = samples.value[i] as number
      // JSON has no infinity.
      const value = Number.isFinite(number) ? `${number}` : 'null'
      const body = `"time":"${time}","value":${value},"tags":${this.#tagsOf(tags)}${tail}`
      this.#writer.write(`${this.#headOf(metric)}${body}}}\n`, 1)
    }
    return this.#writer.room()
  }

  stop(): Promise<void> {
    return this.#writer.close()
  }

  delivery(): Delivery {
    return this.#writer.delivery()
  }

  #describe(metric: MetricDefinition): void {
    this.#described.add(metric.name)
    this.#writer.write(`${metricLine(metric, this.#thresholds)}\n`, 0)
  }

  #headOf(metric: MetricDefinition): string {
    let head = this.#heads.get(metric)
    if (head === undefined) {
      head = `{"metric":${JSON.stringify(metric.name)},"type":"Point","data":{`
      this.#heads.set(metric, head)
    }
    return head
  }

  #tagsOf(tags: Tags): string {
    let text = this.#tags.get(tags)
    if (text === undefined) {
      text = JSON.stringify(sorted(tags))
      this.#tags.set(tags, text)
    }
    return text
  }
}

function sorted(record: Tags): Tags {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}
