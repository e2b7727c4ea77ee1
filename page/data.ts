/** The data of the page: where it comes from, how updates are merged into it, and how its series are found. */
import type { PageBaseline, PageControl, PageData, PagePoint, PageSeries } from '../src/report/page-data.js'

export type { PageBaseline, PageControl, PageData, PagePoint, PageSeries }

/** The part of the run that charts show: one value of one tag, or everything. */
export type Filter = readonly [key: string, value: string] | undefined

/** The data inside the page; undefined when the page is served live. */
export async function embeddedData(): Promise<PageData | undefined> {
  const text = document.getElementById('run')?.textContent?.trim() ?? ''
  if (text === '') return undefined
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return JSON.parse(await new Response(stream).text()) as PageData
}

/** The points of an update replace those that begin at the same time or later. */
export function merged(before: PageData | undefined, update: PageData): PageData {
  if (before === undefined) return update
  const series = new Map(before.series.map((one) => [one.name, one]))
  for (const one of update.series) series.set(one.name, joined(series.get(one.name), one))
  return { ...update, series: [...series.values()] }
}

function joined(before: PageSeries | undefined, update: PageSeries): PageSeries {
  const first = update.points[0]
  if (before === undefined || first === undefined) return before ?? update
  // Looked for from the end: an update replaces few points.
  let kept = before.points.length
  while (kept > 0 && (before.points[kept - 1] as PagePoint)[0] >= first[0]) kept--
  const heat = [...(before.heat ?? []).slice(0, kept), ...(update.heat ?? [])]
  return {
    ...update,
    points: [...before.points.slice(0, kept), ...update.points],
    ...(heat.length > 0 && { heat }),
  }
}

/** The filters that a reader can choose: each value of a tag that has series of its own, scenarios first. */
export function filtersOf(data: PageData): [key: string, value: string][] {
  const found = new Map<string, [string, string]>()
  for (const one of data.series)
    if (one.tag !== undefined && !isListed(data, one)) found.set(one.tag.join('\n'), [...one.tag])
  const rank = ([key]: readonly [string, string]): string => (key === 'scenario' ? '' : key)
  return [...found.values()].sort((a, b) => rank(a).localeCompare(rank(b)))
}

/** Whether a series is listed by its name: a whole metric, or a submetric that a threshold is about. Others are reached by a filter. */
export function isListed({ result }: PageData, { name, tag }: PageSeries): boolean {
  return tag === undefined || result.thresholds.some(({ metric }) => metric === name)
}

export function find({ series }: PageData, metric: string, filter: Filter): PageSeries | undefined {
  if (filter === undefined) return series.find(({ name }) => name === metric)
  return series.find((one) => one.metric === metric && one.tag?.[0] === filter[0] && one.tag[1] === filter[1])
}

/** The indexes of the values in a point, by the type of its metric (src/report/page-data.ts). */
export const COUNTER = { sum: 3 } as const
export const GAUGE = { value: 2, max: 4 } as const
export const RATE = { total: 2, nonZero: 3 } as const
export const TREND = { count: 2, avg: 3, p50: 4, p90: 5, p95: 6, p99: 7, max: 8 } as const

const LATENCIES = ['http_req_duration', 'grpc_req_duration', 'ws_ping', 'tcp_socket_connecting', 'ws_connecting']
const BUILT_IN = /^(http_req|grpc_|ws_|tcp_|iteration|group_duration|browser_|dns_|generator_)/

/** Trends, the one that the test is most likely about first: the script's own times, then LATENCIES in their order, then the others. */
export function latencies(data: PageData): PageSeries[] {
  const trends = data.series.filter(
    (one) => one.type === 'trend' && isListed(data, one) && !one.name.startsWith('generator_'),
  )
  const rank = (one: PageSeries): number => {
    if (!BUILT_IN.test(one.name) && one.contains === 'time' && one.name === one.metric) return 0
    const place = LATENCIES.indexOf(one.name)
    return place === -1 ? (one.name === 'iteration_duration' ? 99 : 100) : place + 1
  }
  const weights = new Map(
    trends.map((one) => [one, one.points.reduce((sum, point) => sum + (point[TREND.count] ?? 0), 0)]),
  )
  return trends.sort((a, b) => rank(a) - rank(b) || (weights.get(b) ?? 0) - (weights.get(a) ?? 0))
}
