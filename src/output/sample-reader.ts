/** Reads the sample batches of one shard. They describe a metric or a tag set only the first time; later they name it by its number. */
import type { MetricDefinition } from '../metrics/metric.js'
import type { SampleBatch } from '../metrics/recorder.js'
import type { Tags } from '../metrics/tag-set.js'
import type { Samples } from './output.js'

export class SampleReader {
  readonly #metrics: MetricDefinition[] = []
  readonly #tagSets: Tags[] = []

  /** Batches must be read in the order in which they were made. */
  read(batch: SampleBatch): Samples {
    this.#metrics.push(...batch.metrics)
    for (const { id, tags } of batch.tagSets) this.#tagSets[id] = tags
    const { metric, tagSet, time, value, metadata } = batch
    return {
      length: value.length,
      metrics: this.#metrics,
      tagSets: this.#tagSets,
      metric,
      tagSet,
      time,
      value,
      ...(metadata === undefined ? {} : { metadata }),
    }
  }
}
