/**
 * Warns of too many time series, once at the limit and again each time their number has doubled.
 *
 * Source  docs/spec/metrics-and-modules.md 1.5
 */
const SUGGESTED_LIMIT = 100_000

export class CardinalityGuard {
  #next = SUGGESTED_LIMIT

  /** Returns the warning to log, if any. `seriesCount` is the number of time series of all shards together. */
  check(seriesCount: number): string | undefined {
    if (seriesCount <= this.#next) return undefined
    while (seriesCount > this.#next) this.#next *= 2
    return (
      `The test has generated metrics with ${seriesCount} unique time series, which is higher than the suggested limit ` +
      `of ${SUGGESTED_LIMIT} and could cause high memory usage. Consider not using high-cardinality values like unique ` +
      'IDs as metric tags or, if you need them in the URL, use the name metric tag or URL grouping. See ' +
      'https://grafana.com/docs/k6/latest/using-k6/tags-and-groups/ for details.'
    )
  }
}
