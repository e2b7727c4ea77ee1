/** Feeds an output with time series as a run does. */

import type { MetricType, ValueKind } from '../../src/metrics/metric.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { SeriesTotals } from '../../src/metrics/series-sink.js'
import { TagInterner, type Tags } from '../../src/metrics/tag-set.js'
import type { Output } from '../../src/output/output.js'

export class SeriesSource {
  now = Date.UTC(2026, 10, 21, 5)
  readonly #registry = new MetricRegistry([], null, { seriesClock: () => this.now })
  readonly #totals = new SeriesTotals()
  readonly #root = new TagInterner().root

  add(
    name: string,
    type: MetricType,
    values: number | readonly number[],
    tags: Tags = {},
    contains: ValueKind = 'default',
  ): void {
    const series = this.#registry.series(this.#registry.declare(name, type, contains), this.#root.withAll(tags))
    for (const value of [values].flat()) series.add(value)
  }

  sendTo(output: Output): void {
    output.onSeries?.(this.#totals.merge(0, structuredClone(this.#registry.takeSeries())))
  }
}
