/**
 * The line that describes a metric, with the thresholds that are set on it as a whole and the submetrics that thresholds define.
 *
 * Source  docs/spec/metrics-and-modules.md 5.1
 */
import { formatDuration } from '../../base/duration.js'
import type { MetricDefinition } from '../../metrics/metric.js'
import type { ParsedThresholds, Threshold } from '../../threshold/parse.js'

export function metricLine({ name, type, contains }: MetricDefinition, thresholds: ParsedThresholds): string {
  const own = thresholds.filter((entry) => entry.name === name).flatMap((entry) => entry.thresholds)
  const submetrics = thresholds.flatMap(({ submetric }) => (submetric?.metric === name ? [submetric] : []))
  const data = {
    name,
    type,
    contains,
    thresholds: own.map(thresholdData),
    submetrics:
      submetrics.length === 0
        ? null
        : submetrics.map((submetric) => ({
            name: submetric.name,
            suffix: submetric.name.slice(name.length + 1, -1),
            tags: submetric.tags,
          })),
  }
  return JSON.stringify({ type: 'Metric', data, metric: name })
}

function thresholdData({ source, abortOnFail, delayAbortMs }: Threshold): unknown {
  if (!abortOnFail) return source
  return { threshold: source, abortOnFail, delayAbortEval: delayAbortMs === 0 ? null : formatDuration(delayAbortMs) }
}
