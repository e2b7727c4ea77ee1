/**
 * Follows the run that served this page. The browser connects again by itself when the connection breaks.
 *
 *   whole (in parts) ─► update ─► update … ─► stop
 *
 * The page keeps each second it is told of, the run joins old seconds to longer stretches: a page that is open for long asks for
 * everything anew.
 */
import { merged, type PageData } from './data.js'

export type Connection = 'none' | 'connecting' | 'open' | 'lost'

/** So many points more than at the beginning, of any one series. */
const MOST_NEW_POINTS = 1200

/** Gives how to end it. */
export function follow(show: (data: PageData) => void, tell: (connection: Connection) => void): () => void {
  let data: PageData | undefined
  /** While parts of it are under way. */
  let next: PageData | undefined
  /** What came meanwhile: it goes on where the last part ends. */
  let updates: PageData[] = []
  let most = Number.POSITIVE_INFINITY
  let source = connect()

  function connect(): EventSource {
    const opened = new EventSource(`/events${location.search}`)
    opened.addEventListener('whole', (event) => {
      next = merged(next, JSON.parse(event.data) as PageData)
      if (next.isPart !== true) arrived()
    })
    opened.addEventListener('update', (event) => {
      const update = JSON.parse(event.data) as PageData
      if (next !== undefined) updates.push(update)
      // At the end the rest of the parts does not come any more.
      if (next !== undefined && update.state === 'ended') arrived()
      else if (data !== undefined || next === undefined) take(merged(data, update))
      if (data !== undefined && data.state === 'running' && longest(data) > most) {
        most = Number.POSITIVE_INFINITY
        opened.close()
        source = connect()
      }
    })
    opened.addEventListener('stop', () => opened.close())
    opened.onerror = () => {
      next = undefined
      updates = []
      if (data?.state === 'ended') opened.close()
      else tell('lost')
    }
    return opened
  }

  function arrived(): void {
    const whole = updates.reduce(merged, next as PageData)
    next = undefined
    updates = []
    most = longest(whole) + MOST_NEW_POINTS
    take(whole)
  }

  function take(shown: PageData): void {
    data = shown
    tell('open')
    show(shown)
  }

  return () => source.close()
}

function longest({ series }: PageData): number {
  return Math.max(0, ...series.map(({ points }) => points.length))
}

/** Asks the run for a change; gives what it says against it, or undefined. */
export async function change(
  attributes: Readonly<Record<string, unknown>>,
  token: string,
): Promise<string | undefined> {
  try {
    const response = await fetch(`/v1/status${location.search}`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', ...(token !== '' && { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ data: { type: 'status', id: 'default', attributes } }),
    })
    return response.ok ? undefined : (await response.text()).trim()
  } catch {
    return 'The run cannot be reached.'
  }
}
