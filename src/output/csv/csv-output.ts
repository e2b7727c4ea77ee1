/**
 * The output `csv`: one line per sample, with a column for each enabled system tag.
 *
 * Source  docs/spec/metrics-and-modules.md 5.2; quoting is that of RFC 4180
 */
import type { MetricDefinition } from '../../metrics/metric.js'
import { NON_INDEXABLE_TAGS } from '../../metrics/system-tags.js'
import type { Tags } from '../../metrics/tag-set.js'
import type { Delivery, Output, OutputContext, Samples } from '../output.js'
import { fileOf, fileTarget, TextWriter } from '../text-writer.js'
import { timeFormatter } from '../time-format.js'
import { csvOptions } from './csv-options.js'

export class CsvOutput implements Output {
  readonly description: string
  readonly file: string | undefined
  readonly stopLimitMs = Number.POSITIVE_INFINITY
  readonly #writer: TextWriter
  /** System tags that have a column. */
  readonly #columns: readonly string[]
  readonly #time: (ms: number) => string
  /** The text of a tag set: its columns of system tags, and the one of other tags. */
  readonly #tags = new WeakMap<Tags, string>()

  constructor(argument: string, context: OutputContext) {
    const { fileName, saveIntervalMs, timeFormat } = csvOptions(argument, context)
    const { log, stdout, workingDirectory, systemTags } = context
    const metadataTags: readonly string[] = NON_INDEXABLE_TAGS
    const target = fileTarget(fileName)
    this.description = `csv (${target.path === '-' ? 'stdout' : target.path})`
    this.file = fileOf(target, workingDirectory)
    this.#columns = systemTags.filter((tag) => !metadataTags.includes(tag)).sort()
    this.#time = timeFormatter(timeFormat)
    this.#writer = new TextWriter({
      target,
      owner: 'csv',
      flushIntervalMs: saveIntervalMs,
      log,
      stdout,
      workingDirectory,
    })
  }

  async start(): Promise<void> {
    await this.#writer.open()
    const header = ['metric_name', 'timestamp', 'metric_value', ...this.#columns, 'extra_tags', 'metadata']
    this.#writer.write(`${header.map(quoted).join(',')}\n`, 0)
  }

  onSamples(samples: Samples): Promise<void> | undefined {
    for (let i = 0; i < samples.length; i++) {
      const { name } = samples.metrics[samples.metric[i] as number] as MetricDefinition
      const tags = samples.tagSets[samples.tagSet[i] as number] as Tags
      const metadata = samples.metadata?.[i]
      const time = this.#time(samples.time[i] as number)
      const value = (samples.value[i] as number).toFixed(6)
      const last = metadata === undefined ? '' : quoted(pairs(metadata))
      this.#writer.write(`${name},${time},${value},${this.#tagsOf(tags)},${last}\n`, 1)
    }
    return this.#writer.room()
  }

  stop(): Promise<void> {
    return this.#writer.close()
  }

  delivery(): Delivery {
    return this.#writer.delivery()
  }

  #tagsOf(tags: Tags): string {
    let text = this.#tags.get(tags)
    if (text === undefined) {
      const extra = Object.fromEntries(Object.entries(tags).filter(([key]) => !this.#columns.includes(key)))
      text = [...this.#columns.map((column) => tags[column] ?? ''), pairs(extra)].map(quoted).join(',')
      this.#tags.set(tags, text)
    }
    return text
  }
}

/** `k=v&k2=v2` */
function pairs(record: Tags): string {
  const sorted = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([key, value]) => `${key}=${value}`).join('&')
}

/** In quotes when the field has a comma, a quote, a line end, or a space in front. */
function quoted(field: string): string {
  return /[",\r\n]|^\s/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
