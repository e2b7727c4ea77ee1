/** The data of the page: inside it, or from the run that serves it, which sends what is new. */
import type { PageData, PagePoint, PageSeries } from '../src/report/page-data.js'

export type { PageData, PagePoint, PageSeries }

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
  return { ...update, points: [...before.points.filter(([offset]) => offset < first[0]), ...update.points] }
}

export function find(data: PageData, metric: string, scenario: string): PageSeries | undefined {
  const name = scenario === '' ? metric : `${metric}{scenario:${scenario}}`
  return data.series.find((one) => one.name === name)
}

/** Index of a value in a point of a trend. */
export const TREND = { count: 2, avg: 3, p50: 4, p90: 5, p95: 6, p99: 7, max: 8 } as const

const LATENCIES = ['http_req_duration', 'grpc_req_duration', 'ws_ping', 'tcp_socket_connecting', 'ws_connecting']
const BUILT_IN = /^(http_req|grpc_|ws_|tcp_|iteration|group_duration|browser_|dns_|generator_)/

/** Trends of times, the one that the test is about first: the script's own with most samples, then times of answers. */
export function latencies({ series }: PageData): PageSeries[] {
  const trends = series.filter(
    (one) => one.type === 'trend' && one.scenario === '' && !one.name.startsWith('generator_'),
  )
  const rank = (one: PageSeries): number => {
    if (!BUILT_IN.test(one.name) && one.contains === 'time' && one.name === one.metric) return 0
    const place = LATENCIES.indexOf(one.name)
    return place === -1 ? (one.name === 'iteration_duration' ? 99 : 100) : place + 1
  }
  const count = (one: PageSeries): number => one.points.reduce((sum, point) => sum + (point[TREND.count] ?? 0), 0)
  return trends.sort((a, b) => rank(a) - rank(b) || count(b) - count(a))
}
