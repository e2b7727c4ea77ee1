/** The data of the page: inside it, or from the run that serves it, which sends what is new. */
import type { PageBaseline, PageControl, PageData, PagePoint, PageSeries } from '../src/report/page-data.js'

export type { PageBaseline, PageControl, PageData, PagePoint, PageSeries }

/** One value of one tag, or everything. */
export type Filter = readonly [key: string, value: string] | undefined

/** Undefined when the page is served live. */
export async function embeddedData(): Promise<PageData | undefined> {
  const text = document.getElementById('run')?.textContent?.trim() ?? ''
  if (text === '') return undefined
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return JSON.parse(await new Response(stream).text()) as PageData
}

/** What is new takes the place of what had the same start. */
export function merged(before: PageData | undefined, update: PageData): PageData {
  if (before === undefined) return update
  const series = new Map(before.series.map((one) => [one.name, one]))
  for (const one of update.series) series.set(one.name, joined(series.get(one.name), one))
  return { ...update, series: [...series.values()] }
}

function joined(before: PageSeries | undefined, update: PageSeries): PageSeries {
  const first = update.points[0]
  if (before === undefined || first === undefined) return before ?? update
  // What is new is at the end.
  let kept = before.points.length
  while (kept > 0 && (before.points[kept - 1] as PagePoint)[0] >= first[0]) kept--
  const heat = [...(before.heat ?? []).slice(0, kept), ...(update.heat ?? [])]
  return {
    ...update,
    points: [...before.points.slice(0, kept), ...update.points],
    ...(heat.length > 0 && { heat }),
  }
}

/** What the page can be about: the values of the tags that have series of their own, scenarios first. */
export function filtersOf(data: PageData): [key: string, value: string][] {
  const found = new Map<string, [string, string]>()
  for (const one of data.series)
    if (one.tag !== undefined && !isOwn(data, one)) found.set(one.tag.join('\n'), [...one.tag])
  const rank = ([key]: readonly [string, string]): string => (key === 'scenario' ? '' : key)
  return [...found.values()].sort((a, b) => rank(a).localeCompare(rank(b)))
}

/** A whole metric, or a submetric that a threshold is about. */
export function isOwn({ result }: PageData, { name, tag }: PageSeries): boolean {
  return tag === undefined || result.thresholds.some(({ metric }) => metric === name)
}

export function find({ series }: PageData, metric: string, filter: Filter): PageSeries | undefined {
  if (filter === undefined) return series.find(({ name }) => name === metric)
  return series.find((one) => one.metric === metric && one.tag?.[0] === filter[0] && one.tag[1] === filter[1])
}

/** Index of a value in a point of a trend. */
export const TREND = { count: 2, avg: 3, p50: 4, p90: 5, p95: 6, p99: 7, max: 8 } as const

const LATENCIES = ['http_req_duration', 'grpc_req_duration', 'ws_ping', 'tcp_socket_connecting', 'ws_connecting']
const BUILT_IN = /^(http_req|grpc_|ws_|tcp_|iteration|group_duration|browser_|dns_|generator_)/

/** Trends of times, the one that the test is about first: the script's own with most samples, then times of answers. */
export function latencies(data: PageData): PageSeries[] {
  const trends = data.series.filter(
    (one) => one.type === 'trend' && isOwn(data, one) && !one.name.startsWith('generator_'),
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
